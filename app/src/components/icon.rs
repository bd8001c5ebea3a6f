//! Icons of one outline family (Lucide), drawn inline.

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

/// An icon, 16 px, which says nothing to a screen reader: the text or label beside it does.
#[component]
pub(crate) fn Icon(name: Name) -> impl IntoView {
    let icon: icondata_core::Icon = match name {
        Name::Add => lu::LuPlus,
        Name::Again => lu::LuRotateCw,
        Name::Alert => lu::LuTriangleAlert,
        Name::Back => lu::LuArrowLeft,
        Name::Check => lu::LuCircleCheck,
        Name::Clock => lu::LuTimerOff,
        Name::Cross => lu::LuCircleX,
        Name::Download => lu::LuDownload,
        Name::Expand => lu::LuMaximize2,
        Name::Facts => lu::LuPanelRight,
        Name::Follow => lu::LuArrowDownToLine,
        Name::Interrupted => lu::LuUnplug,
        Name::Processes => lu::LuSquareTerminal,
        Name::Remove => lu::LuTrash2,
        Name::Running => lu::LuCirclePlay,
        Name::Search => lu::LuSearch,
        Name::Send => lu::LuCornerDownLeft,
        Name::Stop => lu::LuSquare,
        Name::Theme => lu::LuSunMoon,
    };
    // The library's own constant markup.
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" inner_html=icon.data></svg>
    }
}
