//! Icons of one outline family (Lucide). Each document holds the drawings once.

use icondata_lu as lu;
use leptos::prelude::*;

macro_rules! icons {
    ($($name:ident: $drawing:ident),* $(,)?) => {
        /// The icons in use, by what they mean here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Name {
            $($name),*
        }

        /// All of them, as the library has them.
        const ALL: &[(Name, icondata_core::Icon)] = &[$((Name::$name, lu::$drawing)),*];

        impl Name {
            /// A reference to the drawing in the sprite.
            pub(super) const fn used(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("<use href=\"#execdeck-icon-", stringify!($name), "\"/>")),*
                }
            }
        }
    };
}

icons! {
    Add: LuPlus,
    Again: LuRotateCw,
    Alert: LuTriangleAlert,
    Back: LuArrowLeft,
    Check: LuCircleCheck,
    Clock: LuTimerOff,
    Cross: LuCircleX,
    Download: LuDownload,
    Edit: LuPencil,
    Expand: LuMaximize2,
    Details: LuPanelRight,
    Follow: LuArrowDownToLine,
    Interrupted: LuUnplug,
    Processes: LuSquareTerminal,
    Queued: LuHourglass,
    Remove: LuTrash2,
    Running: LuCirclePlay,
    Search: LuSearch,
    Send: LuCornerDownLeft,
    Stop: LuSquare,
    Theme: LuSunMoon,
    View: LuSlidersHorizontal,
}

/// An icon of 16 px, hidden from screen readers: the text or label beside it says what it means.
#[component]
pub(crate) fn Icon(name: Name) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=name.used()></svg> }
}

/// The drawings, for the end of the document.
#[component]
pub(crate) fn Sprite() -> impl IntoView {
    let symbols = symbols(ALL.iter());
    view! { <svg hidden inner_html=symbols></svg> }
}

/// The same with these alone.
#[cfg(feature = "ssr")]
pub(crate) fn drawings(names: &[Name]) -> impl IntoView + use<> {
    let symbols = symbols(ALL.iter().filter(|(name, _)| names.contains(name)));
    view! { <svg hidden inner_html=symbols></svg> }
}

fn symbols<'a>(icons: impl Iterator<Item = &'a (Name, icondata_core::Icon)>) -> String {
    let symbol = |(name, icon): &(Name, icondata_core::Icon)| {
        format!("<symbol id=\"execdeck-icon-{name:?}\" viewBox=\"0 0 24 24\">{}</symbol>", icon.data)
    };
    icons.map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_uses_its_own_drawing() {
        for (name, _) in ALL {
            assert_eq!(name.used(), format!("<use href=\"#execdeck-icon-{name:?}\"/>"));
        }
    }
}
