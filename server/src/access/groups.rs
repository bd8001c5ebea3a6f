//! The roles that another system's groups give.

use execdeck_wire::Role;
use std::collections::BTreeSet;

/// The most groups that one person may be in.
pub(super) const MAX_GROUPS: usize = 2000;

/// What role another system, which vouches for somebody, gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignedRole {
    /// This one: groups are the authority.
    Is(Role),
    /// None: they are in no group that has one.
    None,
    /// Groups are not in use: an account keeps its role, and a new one gets this.
    New(Option<Role>),
}

/// Which groups give which role.
pub(super) struct GroupRoles<'a> {
    pub(super) admin: &'a [String],
    pub(super) operator: &'a [String],
    pub(super) viewer: &'a [String],
    /// The role of those who are in none of them.
    pub(super) default: Option<Role>,
}

impl GroupRoles<'_> {
    /// The highest role that somebody's groups give.
    pub(super) fn role(&self, groups: &BTreeSet<&str>) -> AssignedRole {
        let is_in = |list: &[String]| list.iter().any(|group| groups.contains(group.trim()));
        let role = match () {
            () if is_in(self.admin) => Some(Role::Admin),
            () if is_in(self.operator) => Some(Role::Operator),
            () if is_in(self.viewer) => Some(Role::Viewer),
            () => self.default,
        };
        role.map_or(AssignedRole::None, AssignedRole::Is)
    }
}
