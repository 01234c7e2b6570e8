//! Tables of ratings in no format of the list: any name, separator, header, ids, dates and scale. What is found out is told, so that a person can
//! check it before a model is trained, and may be said instead (`ReadSpec`).

mod cells;
mod columns;
mod describe;
mod dropped;
mod ids;
mod look;
mod moment;
mod names;
mod number;
mod people;
mod preview;
mod reading;
mod role;
mod rows;
mod sample;
mod scale;

pub use look::{About, Assumption, Look, LookColumn, LookRow, Problem, Role};
pub use moment::Moment;
pub use names::may_be_table;
pub use number::number;
pub use preview::Preview;
pub use reading::{Sheet, Unread};
