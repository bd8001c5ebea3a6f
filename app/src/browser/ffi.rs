//! The widgets that show output, `frontend/js/terminal.js` and `frontend/js/log.js`, loaded when a page first needs them.

use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen(module = "/js/others.js")]
extern "C" {
    /// Those who watch the same process.
    pub(super) type Others;

    /// Of the process whose output the element shows. The callback sends JSON to the server.
    #[wasm_bindgen(constructor)]
    pub(super) fn new(element: &HtmlElement, folder: &str, said: &Closure<dyn FnMut(String)>) -> Others;
}

#[wasm_bindgen(module = "/js/loader.js")]
extern "C" {
    /// Loads the widget that somebody has chosen from the folder of the build's files and opens it in the element. `head`: the output's beginning is
    /// shown, within bounds, and not what comes. The callbacks: output up to an offset was shown; bytes were typed; the widget
    /// has room for so many columns and rows; something was switched on or off: whether the
    /// reader follows the tail (`follow`), whether Tab moves the focus (`tab`), or that another view was chosen (`view`).
    #[wasm_bindgen(catch, js_name = openWidget)]
    pub(super) async fn open_widget(
        folder: &str,
        element: &HtmlElement,
        id: &str,
        is_terminal: bool,
        head: bool,
        others: &Others,
        shown: &Closure<dyn FnMut(f64)>,
        typed: &Closure<dyn FnMut(Vec<u8>)>,
        room: &Closure<dyn FnMut(u16, u16)>,
        changed: &Closure<dyn FnMut(String, bool)>,
    ) -> Result<JsValue, JsValue>;

    pub(super) type Terminal;

    /// Whether it asks for the lines that it shows: it needs to be told of more output, but not of what there is already.
    #[wasm_bindgen(method, getter, js_name = asksForLines)]
    pub(super) fn asks_for_lines(this: &Terminal) -> bool;

    /// Shows output of a stream (1, 2 or 3) that ends at the offset. Returns the offset up to which it is shown: less if
    /// the page holds all that it may.
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &Terminal, stream: u8, bytes: &[u8], end: f64) -> f64;
    /// Shows a screen, drawn by escape codes for a terminal of this size, in place of everything, as it was at the offset.
    #[wasm_bindgen(method)]
    pub(super) fn screen(this: &Terminal, bytes: &[u8], cols: u16, rows: u16, offset: f64);
    /// Lines shown of an output that is shown from its start.
    #[wasm_bindgen(method)]
    pub(super) fn lines(this: &Terminal) -> u32;
    /// Nothing more comes: gives back the modes that the program has left on.
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Terminal);
    /// Reads the screen out to assistive technology, or not.
    #[wasm_bindgen(method, js_name = setScreenReader)]
    pub(super) fn set_screen_reader(this: &Terminal, on: bool);
    /// Shows a line that is not output, in place of the last one if it was also such a line.
    #[wasm_bindgen(method)]
    pub(super) fn note(this: &Terminal, text: &str, end: f64, replaces: bool);
    /// Until output up to the offset was shown, the terminal answers no queries: the program that made them had its
    /// answers long ago.
    #[wasm_bindgen(method, js_name = replayUntil)]
    pub(super) fn replay_until(this: &Terminal, offset: f64);
    #[wasm_bindgen(method, js_name = setSize)]
    pub(super) fn set_size(this: &Terminal, cols: u16, rows: u16);
    #[wasm_bindgen(method, js_name = setActive)]
    pub(super) fn set_active(this: &Terminal, active: bool);
    #[wasm_bindgen(method, js_name = setFollow)]
    pub(super) fn set_follow(this: &Terminal, follow: bool);
    /// Who else watches, as JSON of the wire's `Viewers`; `null` when that is not known, without a connection.
    #[wasm_bindgen(method)]
    pub(super) fn viewers(this: &Terminal, json: &str);
    #[wasm_bindgen(method)]
    pub(super) fn dispose(this: &Terminal);
}
