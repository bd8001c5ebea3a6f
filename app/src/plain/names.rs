//! What roles, rights and states are called.

use crate::{
    texts::t,
    wire::{ProcessState, Right, Role},
};

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => t!("viewer"),
        Role::Operator => t!("operator"),
        Role::Admin => t!("admin"),
        Role::Unknown => t!("no role"),
    }
}

pub(super) fn right_name(right: Right) -> &'static str {
    match right {
        Right::View => t!("view"),
        Right::ReadOutput => t!("read output"),
        Right::Start => t!("start"),
        Right::Input => t!("input"),
        Right::Stop => t!("stop"),
        Right::Administer => t!("administer"),
        Right::Unknown => t!("unknown"),
    }
}

pub(super) fn state_name(state: ProcessState) -> &'static str {
    match state {
        ProcessState::Queued => t!("queued"),
        ProcessState::Starting => t!("starting"),
        ProcessState::Running => t!("running"),
        ProcessState::Stopping => t!("stopping"),
        ProcessState::Restarting => t!("restarting"),
        ProcessState::Exited => t!("exited"),
        ProcessState::Killed => t!("killed"),
        ProcessState::TimedOut => t!("timed out"),
        ProcessState::Failed => t!("failed"),
        ProcessState::Interrupted => t!("interrupted"),
        ProcessState::Unknown => t!("unknown"),
    }
}
