//! Control tokens of commands, one each: a control for one command never affects another, and none that arrives early is lost.

use crate::protocol::Control;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The control state of a command in progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunControl {
    /// Continue.
    #[default]
    Run,
    /// Pause.
    Pause,
    /// Do one unit of work, then pause.
    Step,
    /// Cancel.
    Cancel,
}

impl From<Control> for RunControl {
    fn from(control: Control) -> Self {
        match control {
            Control::Pause => Self::Pause,
            Control::Resume => Self::Run,
            Control::Step => Self::Step,
            Control::Cancel => Self::Cancel,
        }
    }
}

/// The control token of one command, shared by its host and its controller.
pub type Token = Rc<Cell<RunControl>>;

/// Tokens by command id. Ids increase in the order in which commands are sent.
#[derive(Default)]
pub struct Controls {
    tokens: RefCell<BTreeMap<u32, Token>>,
    /// The highest id of a finished command: it and earlier ones can no longer be controlled.
    finished: Cell<u32>,
}

impl Controls {
    /// The token of a command, which a control may have reached before the command itself.
    pub fn token(&self, id: u32) -> Token {
        Rc::clone(self.tokens.borrow_mut().entry(id).or_default())
    }

    /// Sets the control of a command that is running or still to come; has no effect on a finished one.
    pub fn steer(&self, id: u32, control: RunControl) {
        if id > self.finished.get() {
            self.token(id).set(control);
        }
    }

    /// Marks a command as finished.
    pub fn finish(&self, id: u32) {
        self.finished.set(self.finished.get().max(id));
        self.tokens.borrow_mut().retain(|of, _| *of > id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_that_comes_before_its_command_is_kept() {
        let controls = Controls::default();
        controls.steer(1, RunControl::Cancel);
        assert_eq!(controls.token(1).get(), RunControl::Cancel);
    }

    #[test]
    fn a_cancel_reaches_its_own_command_alone() {
        let controls = Controls::default();
        let first = controls.token(1);
        controls.steer(2, RunControl::Cancel);
        assert_eq!(first.get(), RunControl::Run);
        controls.finish(1);
        assert_eq!(controls.token(2).get(), RunControl::Cancel);
        controls.finish(2);
        controls.steer(2, RunControl::Pause);
        assert!(controls.tokens.borrow().is_empty(), "a command that is over keeps no token");
    }
}
