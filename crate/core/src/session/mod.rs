//! The session: the common engine of the page and the command line. It loads or trains a model, selects rows, unlearns, retrains, measures and
//! attacks.

mod adapter;
mod attack;
mod cost;
mod evaluate;
mod expected;
mod explain;
mod exposure;
mod faithfulness;
mod live;
mod load;
mod measure;
mod memorisation;
mod moved;
mod others;
mod plan;
mod ranking;
mod record;
mod references;
mod rows;
mod run;
mod serve;
mod state;
mod teach;
mod teach_report;
mod train;

pub use cost::{Cost, StepMemory};
pub use explain::{Explanation, Shade};
pub use exposure::{Exposure, Exposures};
pub use faithfulness::MemoryJudge;
pub use serve::{Item, Rating, Recommendation, Recommendations, UserRatings};
pub use state::{Session, params};
pub use teach::TeachSpec;
pub use teach_report::TeachReport;
pub use train::TrainSpec;
