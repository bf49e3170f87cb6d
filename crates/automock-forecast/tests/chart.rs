//! Pictures are well-formed, small, and say what is in them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use automock_forecast::chart::{self, Fact, Report};
use automock_forecast::{
    Load, PriceBook, Profile, RequestsPerSecond, Scenario, Simulation, Window, bill, simulate,
};
use automock_model::{Capacity, Project};
use proptest::prelude::*;

fn rate(rate: f64) -> RequestsPerSecond {
    RequestsPerSecond::new(rate).unwrap()
}

fn scenario(profile: Profile, seconds: u32) -> Scenario {
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    Scenario::new(project, Load::idle(), profile, seconds, rate(600.0))
}

fn simulated(profile: Profile, seconds: u32) -> Simulation {
    simulate(&scenario(profile, seconds), &PriceBook::built_in()).unwrap()
}

/// Twenty minutes that begin well and end badly.
fn overload() -> Simulation {
    simulated(Profile::ramp(rate(100.0), rate(60_000.0), 900), 1_200)
}

/// A day whose every second is different: the worst for a small file.
fn noisy_day() -> Simulation {
    let lines = (0..86_400_u32).map(|second| {
        let noise = second.wrapping_mul(2_654_435_761) % 9_000;
        format!("{second},{noise}\n")
    });
    let csv: String = lines.collect();
    simulated(Profile::from_csv(&csv).unwrap(), 86_400)
}

fn page(simulation: &Simulation, title: &str, words: &str) -> String {
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let load = Load::new(rate(300.0));
    let window = Window::hour(&project, &load);
    let bill = bill(&project, &load, &PriceBook::built_in(), &window).unwrap();
    chart::html(&Report {
        title,
        simulation,
        bill: Some(&bill),
        assumptions: vec![Fact::new(words, words)],
        notes: &[words],
    })
}

/// Parses a document, and complains about everything that is not a finite number or not its own.
fn check_markup(text: &str) {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(text, options).unwrap();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            !["script", "link", "img", "iframe", "image", "use"].contains(&name),
            "{name}"
        );
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(
                !name.starts_with("on") && !["href", "src"].contains(&name),
                "{name}"
            );
            if ["d", "x", "y", "viewBox", "width", "height"].contains(&name) {
                let is_number = !value.contains("NaN") && !value.contains("inf");
                assert!(is_number, "{name} = {value}");
            }
        }
    }
    // Namespaces are names and not addresses.
    let outside = text.replace("http://www.w3.org/2000/svg", "");
    let outside = outside.replace("http://www.w3.org/1999/xhtml", "");
    assert!(!outside.contains("http:") && !outside.contains("url("));
    assert!(!outside.contains("@import"));
}

/// All texts of a document.
fn texts(markup: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(markup).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    texts
        .map(|node| {
            node.descendants()
                .filter_map(|node| node.text().filter(|_| node.is_text()))
                .collect()
        })
        .collect()
}

#[test]
fn the_picture_has_panels_units_legends_and_round_ticks() {
    let svg = chart::svg(&overload());
    check_markup(&svg);
    let texts = texts(&svg);
    for expected in [
        "Load requests per second",
        "Tasks",
        "Utilisation of healthy tasks",
        "Not served requests",
        "Cost so far US dollars",
        "offered",
        "served",
        "desired",
        "healthy",
        "refused per second",
        "waiting",
        "60k",
        "100 %",
        "10 min",
        "20 min",
        "time since the start",
    ] {
        assert!(
            texts.iter().any(|text| text == expected),
            "{expected}: {texts:?}"
        );
    }
    assert!(svg.contains("viewBox=\"0 0 960 "));
    assert!(svg.contains("prefers-color-scheme:dark"));
}

#[test]
fn a_day_stays_small_and_loses_no_second() {
    let mut day = noisy_day();
    let svg = chart::svg(&day);
    check_markup(&svg);
    assert!(svg.len() < 200_000, "{}", svg.len());
    assert!(page(&day, "a day", "x").len() < 400_000);
    // A single second of a day is in the picture.
    for sample in &mut day.samples {
        (sample.refused, sample.queued) = (0.0, 0.0);
    }
    assert!(chart::svg(&day).contains("none refused, none waiting"));
    day.samples[40_000].refused = 1.0;
    let svg = chart::svg(&day);
    assert!(!svg.contains("none refused, none waiting"));
    let start = svg.find("<path class=\"refused a\"").unwrap();
    let path = &svg[start..start + svg[start..].find('\n').unwrap()];
    // Up the whole height of the panel, and down again.
    assert!(path.contains("-96") && path.contains(" 96"), "{path}");
}

#[test]
fn empty_and_single_samples_are_pictures_too() {
    for seconds in [0, 1, 2] {
        for profile in [Profile::constant(rate(0.0)), Profile::constant(rate(50.0))] {
            let simulation = simulated(profile, seconds);
            check_markup(&chart::svg(&simulation));
            check_markup(&page(&simulation, "short", "x"));
            for width in [0, 1, 15, 16, 17, 80] {
                check_text(&chart::text(&simulation, width), width);
            }
        }
    }
    let nothing = simulated(Profile::constant(rate(0.0)), 0);
    assert!(chart::svg(&nothing).contains("nothing was simulated"));
    assert!(chart::text(&nothing, 80).contains("Load: nothing was simulated"));
}

#[test]
fn values_that_are_no_numbers_are_not_drawn() {
    let mut simulation = overload();
    simulation.samples[5].offered = f64::NAN;
    simulation.samples[6].refused = f64::INFINITY;
    simulation.samples[7].utilisation = -1.0;
    check_markup(&chart::svg(&simulation));
    check_text(&chart::text(&simulation, 80), 80);
}

#[test]
fn the_page_shows_summary_bill_events_and_assumptions() {
    let simulation = overload();
    let page = page(
        &simulation,
        "petstore & <b>friends</b>",
        "\"<script>\" 'n' &amp;",
    );
    check_markup(&page);
    for expected in [
        "<h1>petstore &amp; &lt;b&gt;friends&lt;/b&gt;</h1>",
        "&quot;&lt;script&gt;&quot; &#39;n&#39; &amp;amp;",
        "<h2>Bill for 1 h</h2>",
        "Load balancer capacity units",
        "<h2>Events</h2>",
        "scale out, 10 to ",
        "<h2>Assumptions</h2>",
        "<h2>Not in these figures</h2>",
        "width=device-width",
        "Most tasks</dt><dd>200</dd>",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn assumptions_are_those_of_the_scenario() {
    let mut scenario = scenario(Profile::constant(rate(1.0)), 60);
    scenario.project.tasks.capacity = Capacity::Spot;
    scenario.spot_interruptions_per_hour = 0.05;
    let facts = chart::assumptions(&scenario);
    let value = |what: &str| {
        let fact = facts.iter().find(|fact| fact.what == what);
        fact.unwrap().value.clone()
    };
    assert_eq!(value("Tasks"), "10 to 200");
    assert_eq!(value("A vCPU serves"), "600 requests per second");
    assert_eq!(value("A task serves"), "150 requests per second");
    assert_eq!(
        value("Spot interruptions"),
        "5.0 % of the Spot tasks in an hour"
    );
}

fn check_text(text: &str, width: usize) {
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{width}: {line:?}");
        assert!(!line.contains("NaN") && !line.contains("inf"), "{line:?}");
    }
}

#[test]
fn the_text_chart_is_what_a_terminal_shows() {
    let simulation = simulated(Profile::ramp(rate(0.0), rate(1_200.0), 600), 600);
    let text = chart::text(&simulation, 50);
    check_text(&text, 50);
    let expected = "\
Load, requests per second: █ served  · offered
  1500 ┤                                        ▁▂
       │                           ▁▂▂▃▃▄▅▅▆▆▇████
       │              ▁▂▂▃▄▄▅▅▆▇▇█████████████████
     0 ┤▁▁▂▂▃▄▄▅▅▆▇▇██████████████████████████████
Tasks: █ healthy  · desired
   200 ┤                                        ··
       │
       │                               ···▅▅▅▅▅▅▅▅
     0 ┤▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▃▃▃▃▃▃▃▃▃▆▆▆▆▆▆▆▆████████
Utilisation, of healthy tasks
 100 % ┤
       │
       │              ▁▂▂▃
   0 % ┤▁▁▂▂▃▄▄▅▅▆▇▇██████▆▆▆▇▇▇███▄▄▅▅▅▅▅▅▃▃▃▃▃▃▃
Not served: none refused, none waiting
Cost so far, US dollars
 $0.30 ┤                                     ▁▂▂▄▅
       │                       ▁▁▁▂▂▃▃▄▄▅▆▇▇██████
       │▄▄▄▄▄▅▅▅▅▅▅▅▆▆▆▆▆▇▇▇██████████████████████
    $0 ┤██████████████████████████████████████████
       └┬───────────────────┬────────────────────┬
        0                 5 min             10 min
";
    assert_eq!(text, expected, "\n{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_simulation_has_pictures(
        from in 0.0..1e9_f64, to in 0.0..1e6_f64, seconds in 0..2_000_u32, width in 0..300_u32,
    ) {
        let simulation = simulated(Profile::ramp(rate(from), rate(to), 300), seconds);
        check_markup(&chart::svg_of_width(&simulation, width * 4));
        check_text(&chart::text(&simulation, width as usize), width as usize);
    }

    #[test]
    fn any_title_is_text(title: String) {
        let simulation = simulated(Profile::constant(rate(5.0)), 3);
        check_markup(&page(&simulation, &title, &title));
    }
}

/// Letters of the picture's own typeface are drawn on every machine: without any, only lines are left.
#[cfg(feature = "png")]
#[test]
fn an_image_has_the_picture_in_both_themes() {
    use automock_forecast::chart::Theme;

    let simulation = overload();
    for (theme, background) in [
        (Theme::Light, [255, 255, 255, 255]),
        (Theme::Dark, [13, 17, 23, 255]),
    ] {
        let image = chart::png(&simulation, theme);
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&image).unwrap();
        assert_eq!(pixels.width(), 1_920);
        let colours = |left, top, right, bottom| -> std::collections::BTreeSet<[u8; 4]> {
            (left..right)
                .flat_map(|x| (top..bottom).map(move |y| (x, y)))
                .map(|(x, y)| {
                    let pixel = pixels.pixel(x, y).unwrap();
                    [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
                })
                .collect()
        };
        assert_eq!(
            colours(0, 0, 20, 20),
            std::collections::BTreeSet::from([background])
        );
        // The title of the first panel, with its smooth edges.
        assert!(colours(112, 8, 180, 34).len() > 10, "{theme:?}");
    }
}
