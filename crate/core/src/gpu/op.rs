//! From tensors with or without an autodiff graph to the kernels, and back.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, BackendTypes, Cube, DType, TensorMetadata};
use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;
use std::fmt::Debug;

/// A tensor in device memory, without a graph.
pub type Raw = CubeTensor;
type Graph = Autodiff<Cube>;
type InGraph = <Graph as BackendTypes>::FloatTensorPrimitive;

/// An operation on `N` tensors, with its gradient. All tensors are row-major and f32.
pub trait Op<const N: usize>: Clone + Debug + Send + 'static {
    /// The result, and the tensors that the gradient needs besides the inputs.
    fn forward(&self, inputs: &[Raw; N]) -> (Raw, Vec<Raw>);

    /// Gradients of the `wanted` inputs, from the gradient of the result.
    fn backward(&self, inputs: &[Raw; N], kept: &[Raw], grad: Raw, wanted: [bool; N]) -> [Option<Raw>; N];
}

/// Runs an operation, tracked in the graph if one of the inputs is. `None` if an input is not on a GPU, not f32, or in a graph with checkpoints.
pub fn apply<O: Op<N>, const N: usize, const D: usize>(op: &O, inputs: [Tensor<D>; N]) -> Option<Tensor<D>> {
    if !super::is_enabled() {
        return None;
    }
    let mut tracked = false;
    let mut lifted = Vec::with_capacity(N);
    for input in inputs {
        let one = enter(input)?;
        tracked |= matches!(one, Either::Graph(_));
        lifted.push(one);
    }
    if !tracked {
        let raw: Vec<Raw> = lifted.into_iter().map(Either::raw).collect();
        return Some(Tensor::from_primitive::<Cube>(op.forward(&raw.try_into().ok()?).0));
    }
    let lifted: Vec<InGraph> = lifted.into_iter().map(Either::graph).collect();
    let nodes = std::array::from_fn(|i| lifted[i].node());
    let raw: [Raw; N] = lifted.into_iter().map(InGraph::into_primitive).collect::<Vec<_>>().try_into().ok()?;
    let (result, kept) = op.forward(&raw);
    let prepared = Differential(op.clone()).prepare::<NoCheckpointing>(nodes).compute_bound().stateful();
    let result = match prepared {
        OpsKind::Tracked(prepared) => prepared.finish((raw.into(), kept), result),
        OpsKind::UnTracked(prepared) => prepared.finish(result),
    };
    Some(Tensor::from_primitive::<Graph>(result))
}

/// A tensor's memory as contiguous rows; `None` if it is not on a GPU, not f32, or in a graph.
pub fn raw<const D: usize>(x: Tensor<D>) -> Option<Raw> {
    match enter(x)? {
        Either::Raw(x) => Some(x),
        Either::Graph(_) => None,
    }
}

enum Either {
    Raw(Raw),
    Graph(InGraph),
}

impl Either {
    fn raw(self) -> Raw {
        match self {
            Self::Raw(x) => x,
            Self::Graph(x) => x.into_primitive(),
        }
    }

    fn graph(self) -> InGraph {
        match self {
            Self::Raw(x) => InGraph::new(x),
            Self::Graph(x) => x,
        }
    }
}

fn enter<const D: usize>(x: Tensor<D>) -> Option<Either> {
    let one = match x.clone().try_into_primitive::<Cube>() {
        Ok(x) => Either::Raw(x),
        Err(_) => Either::Graph(x.try_into_primitive::<Graph>().ok()?),
    };
    let plain = match &one {
        Either::Raw(x) => x,
        Either::Graph(x) => x.primitive(),
    };
    (plain.dtype() == DType::F32 && plain.qparams.is_none()).then_some(one)
}

#[derive(Debug)]
struct Differential<O>(O);

impl<O: Op<N>, const N: usize> Backward<Cube, N> for Differential<O> {
    type State = (Vec<Raw>, Vec<Raw>);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<Cube>(&ops.node);
        let (inputs, kept) = ops.state;
        let Ok(inputs) = <[Raw; N]>::try_from(inputs) else { return };
        let wanted = std::array::from_fn(|i| ops.parents[i].is_some());
        let found = self.0.backward(&inputs, &kept, grad, wanted);
        for (parent, grad) in ops.parents.into_iter().zip(found) {
            if let (Some(parent), Some(grad)) = (parent, grad) {
                grads.register::<Cube>(parent.id, grad);
            }
        }
    }
}
