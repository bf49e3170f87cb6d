//! Colours and letters, light and dark.

use std::fmt::Write as _;

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark letters on white.
    #[default]
    Light,
    /// Light letters on black.
    Dark,
}

/// Colours with their names, light and dark; all are readable on either background.
const COLOURS: [(&str, &str, &str); 12] = [
    ("bg", "#ffffff", "#0d1117"),
    ("fg", "#1f2328", "#e6edf3"),
    ("dim", "#59636e", "#9198a1"),
    ("grid", "#dfe3e8", "#2a313a"),
    ("offered", "#424a53", "#c9d1d9"),
    ("served", "#0969da", "#4493f8"),
    ("desired", "#8250df", "#b98eff"),
    ("healthy", "#1a7f37", "#3fb950"),
    ("busy", "#9a6700", "#d29922"),
    ("refused", "#cf222e", "#f85149"),
    ("queued", "#0550ae", "#79c0ff"),
    ("cost", "#1b7c83", "#39c5cf"),
];

/// The first colours are of the picture, the others each of a series.
const OF_SERIES: usize = 4;

/// What is the same in all pictures. Colours stand in braces.
const RULES: &str = "\
.am text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;\
font-size:12px;fill:{dim}}\
.am .t{fill:{fg};font-weight:600}\
.am .u{fill:{dim};font-weight:400}\
.am .r{paint-order:stroke;stroke:{bg};stroke-width:6px}\
.am .bg{fill:{bg}}\
.am .g{stroke:{grid};fill:none}\
.am .x{stroke:{dim};fill:none}\
.am .l{fill:none;stroke-width:1.5;stroke-linejoin:round}\
.am .a{fill-opacity:.4}\
.am .refused.a{fill-opacity:.75}";

/// The style sheet of a picture whose colours follow the reader's choice.
pub(super) fn following() -> String {
    let variables = |colour: fn(&(&str, &str, &str)) -> String| -> String {
        let all: Vec<_> = COLOURS.iter().map(colour).collect();
        all.join(";")
    };
    let light = variables(|(name, light, _)| format!("--{name}:{light}"));
    let dark = variables(|(name, _, dark)| format!("--{name}:{dark}"));
    let rules = rules(|name, _, _| format!("var(--{name})"));
    format!(".am{{{light}}}@media(prefers-color-scheme:dark){{.am{{{dark}}}}}{rules}")
}

/// The style sheet of a picture with colours of its own, without variables.
#[cfg(feature = "png")]
pub(super) fn fixed(theme: Theme) -> String {
    rules(|_, light, dark| {
        let colour = match theme {
            Theme::Light => light,
            Theme::Dark => dark,
        };
        colour.to_owned()
    })
}

fn rules(colour: impl Fn(&str, &str, &str) -> String) -> String {
    let mut rules = RULES.to_owned();
    for (name, light, dark) in COLOURS {
        rules = rules.replace(&format!("{{{name}}}"), &colour(name, light, dark));
    }
    for (name, light, dark) in &COLOURS[OF_SERIES..] {
        let colour = colour(name, light, dark);
        let written = write!(
            rules,
            ".am .{name}.l{{stroke:{colour}}}.am .{name}.a{{fill:{colour}}}"
        );
        written.expect("writing to a string cannot fail");
    }
    rules
}

/// The style sheet of a page around pictures.
pub(super) const PAGE: &str = "\
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#59636e;--rule:#dfe3e8;--card:#f6f8fa}\
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#9198a1;--rule:#2a313a;\
--card:#161b22}}\
*{box-sizing:border-box}\
body{margin:0 auto;padding:1rem;max-width:62rem;background:var(--page);color:var(--ink);\
font:1rem/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;\
overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.2;margin:.5rem 0 1rem}\
h2{font-size:1.15rem;margin:2rem 0 .5rem}\
p{margin:.5rem 0}\
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.5rem;margin:0}\
.cards div{background:var(--card);border:1px solid var(--rule);border-radius:.4rem;padding:.5rem .7rem}\
dt{color:var(--soft);font-size:.85rem}\
.cards dd{margin:0;font-size:1.2rem;overflow-wrap:normal;font-weight:600;font-variant-numeric:tabular-nums}\
svg{display:block;width:100%;height:auto;margin:1rem 0}\
svg.narrow{display:none}\
@media(max-width:40rem){svg.wide{display:none}svg.narrow{display:block}\
.cards{grid-template-columns:1fr 1fr}}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;font-weight:400;padding:.35rem .5rem .35rem 0;\
border-top:1px solid var(--rule)}\
table.facts th{width:45%;padding-right:1rem;color:var(--soft)}\
td.n{text-align:right;white-space:nowrap;padding-right:0;font-variant-numeric:tabular-nums}\
td.s{white-space:nowrap;width:1%;padding-right:1rem;color:var(--soft);font-variant-numeric:tabular-nums}\
tr.more td{border-top:0;padding-top:0}\
tr.sum th,tr.sum td{font-weight:600;border-top:2px solid var(--soft)}\
small{display:block;color:var(--soft);font-size:.85rem}\
summary{cursor:pointer;padding:.35rem 0}";
