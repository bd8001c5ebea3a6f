//! Icons of one outline family (Lucide): drawn once a document, and used from there.

use icondata_lu as lu;
use leptos::prelude::*;

/// The icons in use, by what they mean here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Add,
    Again,
    Alert,
    Back,
    Check,
    Clock,
    Cross,
    Download,
    Expand,
    Facts,
    Follow,
    Interrupted,
    Processes,
    Remove,
    Running,
    Search,
    Send,
    Stop,
    Theme,
}

/// All of them, as the library has them.
const ALL: [(Name, icondata_core::Icon); 19] = [
    (Name::Add, lu::LuPlus),
    (Name::Again, lu::LuRotateCw),
    (Name::Alert, lu::LuTriangleAlert),
    (Name::Back, lu::LuArrowLeft),
    (Name::Check, lu::LuCircleCheck),
    (Name::Clock, lu::LuTimerOff),
    (Name::Cross, lu::LuCircleX),
    (Name::Download, lu::LuDownload),
    (Name::Expand, lu::LuMaximize2),
    (Name::Facts, lu::LuPanelRight),
    (Name::Follow, lu::LuArrowDownToLine),
    (Name::Interrupted, lu::LuUnplug),
    (Name::Processes, lu::LuSquareTerminal),
    (Name::Remove, lu::LuTrash2),
    (Name::Running, lu::LuCirclePlay),
    (Name::Search, lu::LuSearch),
    (Name::Send, lu::LuCornerDownLeft),
    (Name::Stop, lu::LuSquare),
    (Name::Theme, lu::LuSunMoon),
];

impl Name {
    /// A reference to the icon's drawing in the sprite.
    const fn used(self) -> &'static str {
        match self {
            Self::Add => "<use href=\"#icon-Add\"/>",
            Self::Again => "<use href=\"#icon-Again\"/>",
            Self::Alert => "<use href=\"#icon-Alert\"/>",
            Self::Back => "<use href=\"#icon-Back\"/>",
            Self::Check => "<use href=\"#icon-Check\"/>",
            Self::Clock => "<use href=\"#icon-Clock\"/>",
            Self::Cross => "<use href=\"#icon-Cross\"/>",
            Self::Download => "<use href=\"#icon-Download\"/>",
            Self::Expand => "<use href=\"#icon-Expand\"/>",
            Self::Facts => "<use href=\"#icon-Facts\"/>",
            Self::Follow => "<use href=\"#icon-Follow\"/>",
            Self::Interrupted => "<use href=\"#icon-Interrupted\"/>",
            Self::Processes => "<use href=\"#icon-Processes\"/>",
            Self::Remove => "<use href=\"#icon-Remove\"/>",
            Self::Running => "<use href=\"#icon-Running\"/>",
            Self::Search => "<use href=\"#icon-Search\"/>",
            Self::Send => "<use href=\"#icon-Send\"/>",
            Self::Stop => "<use href=\"#icon-Stop\"/>",
            Self::Theme => "<use href=\"#icon-Theme\"/>",
        }
    }
}

/// An icon, 16 px, which says nothing to a screen reader: the text or label beside it does.
#[component]
pub(crate) fn Icon(name: Name) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=name.used()></svg> }
}

/// The drawings, for the end of the document. The markup is the library's own and constant.
#[component]
pub(crate) fn Sprite() -> impl IntoView {
    let symbols = ALL.map(|(name, icon)| format!("<symbol id=\"icon-{name:?}\" viewBox=\"0 0 24 24\">{}</symbol>", icon.data));
    view! { <svg hidden inner_html=symbols.concat()></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_uses_its_own_drawing() {
        for (name, _) in ALL {
            assert_eq!(name.used(), format!("<use href=\"#icon-{name:?}\"/>"));
        }
    }
}
