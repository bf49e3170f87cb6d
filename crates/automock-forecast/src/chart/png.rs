//! The picture in pixels, for where neither SVG nor HTML is shown.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::svg::{WIDE, picture};
use super::theme::{self, Theme};
use crate::simulation::Simulation;

/// Pixels of the image for each of the picture, so that it is sharp on today's screens.
const SCALE: u16 = 2;

/// A typeface that looks the same on every machine: what one has is another's missing letters.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for font in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The picture of [`svg`](super::svg()) as a PNG, 1,920 pixels wide.
///
/// ```
/// use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, chart, simulate};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let profile = Profile::constant(rate(100.0));
/// let scenario = Scenario::new(project, Load::idle(), profile, 600, rate(600.0));
/// let simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
///
/// let image = chart::png(&simulation, chart::Theme::Light);
/// assert!(image.starts_with(b"\x89PNG"));
/// ```
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "the picture is this crate's own, and its size is given"
)]
pub fn png(simulation: &Simulation, theme: Theme) -> Vec<u8> {
    let style = format!("<style>{}</style>", theme::fixed(theme));
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        ..Options::default()
    };
    let svg = picture(simulation, WIDE, "", &style);
    let tree = Tree::from_str(&svg, &options).expect("the picture is valid");
    let size = tree.size().to_int_size();
    let scale = u32::from(SCALE);
    let mut pixels =
        Pixmap::new(size.width() * scale, size.height() * scale).expect("the picture has a size");
    let transform = Transform::from_scale(SCALE.into(), SCALE.into());
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().expect("memory takes all pixels")
}
