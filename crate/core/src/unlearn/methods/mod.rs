//! The methods, one file each: source, parameters, presets, and the plan made from them.

pub(super) mod apa;
pub(super) mod ascent;
pub(super) mod bad_t;
mod common;
pub(super) mod cross_fitted;
pub(super) mod depn;
pub(super) mod e2urec;
pub(super) mod eul;
pub(super) mod f_learning;
pub(super) mod fair;
pub(super) mod flipped;
mod fuse;
pub(super) mod grad_diff;
pub(super) mod kga;
pub(super) mod lau;
pub(super) mod leave_one_out;
pub(super) mod llmu;
pub(super) mod mechanistic;
pub(super) mod neg_grad;
pub(super) mod npo;
pub(super) mod pcgu;
mod presets;
pub(super) mod quark;
pub(super) mod rec_eraser;
pub(super) mod retrain;
pub(super) mod rmu;
pub(super) mod sam;
pub(super) mod sat_imp;
pub(super) mod scif;
pub(super) mod seul;
pub(super) mod sim_npo;
pub(super) mod sisa;
pub(super) mod u_can;
pub(super) mod undial;
pub(super) mod wga;
pub(super) mod whp;

#[cfg(test)]
mod losses;
