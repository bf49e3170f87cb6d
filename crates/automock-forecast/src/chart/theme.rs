//! Colours and letters, light and dark.

/// The style sheet of a picture. Each class of a series has one colour; all are readable on either
/// background.
pub(super) const PICTURE: &str = "\
.am{--bg:#fff;--fg:#1f2328;--dim:#59636e;--grid:#dfe3e8;--offered:#424a53;--served:#0969da;\
--desired:#8250df;--healthy:#1a7f37;--busy:#9a6700;--refused:#cf222e;--queued:#0550ae;--cost:#1b7c83}\
@media(prefers-color-scheme:dark){.am{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--grid:#2a313a;\
--offered:#c9d1d9;--served:#4493f8;--desired:#b98eff;--healthy:#3fb950;--busy:#d29922;\
--refused:#f85149;--queued:#79c0ff;--cost:#39c5cf}}\
.am text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;fill:var(--dim)}\
.am .t{fill:var(--fg);font-weight:600}\
.am .u{fill:var(--dim);font-weight:400}\
.am .r{paint-order:stroke;stroke:var(--bg);stroke-width:6px}\
.am .bg{fill:var(--bg)}\
.am .g{stroke:var(--grid);fill:none}\
.am .x{stroke:var(--dim);fill:none}\
.am .l{fill:none;stroke:var(--c);stroke-width:1.5;stroke-linejoin:round}\
.am .a{fill:var(--c);fill-opacity:.4}\
.am .refused.a{fill-opacity:.75}\
.am .served{--c:var(--served)}.am .offered{--c:var(--offered)}\
.am .desired{--c:var(--desired)}.am .healthy{--c:var(--healthy)}\
.am .busy{--c:var(--busy)}.am .refused{--c:var(--refused)}\
.am .queued{--c:var(--queued)}.am .cost{--c:var(--cost)}";

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
.cards dd{margin:0;font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums}\
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
