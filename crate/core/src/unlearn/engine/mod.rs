//! The unlearning engine: a method turns its parameters into a plan, and the engine carries it out. It names no method.
//!
//! Four interfaces are open to methods: the student's starting point ([`init::StudentInit`]), a custom teacher ([`teachers::OwnTeacher`]), a custom
//! procedure instead of the student's loop ([`plan::Procedure`]), and how the answers of several models are combined ([`recommender::Join`]).

pub mod calibrate;
pub mod checkpoint;
pub mod divergence;
pub mod expected;
pub mod fit;
pub mod init;
pub mod loss;
pub mod loss_shape;
pub mod plan;
pub mod recommender;
pub mod run;
pub mod schedule;
pub mod scratch;
pub mod shards;
pub mod soft_targets;
pub mod step;
pub mod student;
pub mod task;
pub mod teach;
pub mod teachers;
