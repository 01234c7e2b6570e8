//! Generates WGSL and dispatches it to the device.

use super::op::Raw;
use burn::backend::{DType, Shape};
use burn_cubecl::cubecl::ir::metadata::Info;
use burn_cubecl::cubecl::ir::{AddressType, ElemType, UIntKind};
use burn_cubecl::cubecl::prelude::{CubeCount, ExecutionMode, KernelDefinition, KernelId, KernelMetadata, KernelSettings, Scope};
use burn_cubecl::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn_cubecl::cubecl::{CubeDim, CubeKernel, PrecompiledSource};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use std::fmt::Write as _;

/// Invocations per workgroup.
pub const GROUP: usize = 64;

/// Identity of a kernel's source: a name and the numbers written into it.
pub type Key = (&'static str, Vec<usize>);

struct Wgsl {
    key: Key,
    text: fn(&[usize]) -> String,
    buffers: Vec<usize>,
}

impl KernelMetadata for Wgsl {
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().cube_dim(CubeDim::new_1d(GROUP as u32).0).info((self.key.clone(), self.buffers.clone()))
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl CubeKernel for Wgsl {
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(CubeDim::new_1d(GROUP as u32).0, ExecutionMode::Checked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        // Burn packs many tensors into one buffer, and WebGPU requires a dispatch to either read or write a buffer, so all are read_write.
        let bind = |(at, width): (usize, &usize)| {
            let of = if *width == 4 { "vec4f" } else { "f32" };
            format!("@group(0) @binding({at}) var<storage, read_write> b{at}: array<{of}>;\n")
        };
        let mut source: String = self.buffers.iter().enumerate().map(bind).collect();
        let _ = writeln!(source, "@group(0) @binding({}) var<storage, read> info: array<u32>;", self.buffers.len());
        let _ = writeln!(source, "@compute @workgroup_size({GROUP})");
        source += "fn main(@builtin(workgroup_id) group_id: vec3u, @builtin(num_workgroups) group_count: vec3u,\n";
        source += "@builtin(local_invocation_id) lane: vec3u) {\n";
        let _ =
            writeln!(source, "let at = (group_id.y * group_count.x + group_id.x) * {GROUP}u + lane.x;\nif (at >= info[0]) {{ return; }}");
        source += &(self.text)(&self.key.1);
        source += "}\n";
        Some(PrecompiledSource { source, entrypoint_name: "main".into(), lang: "wgsl" })
    }
}

/// Runs `n` invocations of the kernel that `text` generates for `key`, on buffers with 1 or 4 floats per element. In the source they are `b0`,
/// `b1`…; `at` is the invocation; `info[1]`… are the `numbers`. At most seven buffers: WebGPU guarantees eight, and the numbers take one.
pub fn launch(key: Key, text: fn(&[usize]) -> String, buffers: &[(&Raw, usize)], n: usize, numbers: &[u32]) {
    let mut words = vec![n as u32];
    words.extend(numbers);
    let data = words.chunks(2).map(|pair| u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32).collect();
    let mut arguments = KernelArguments::new().with_info(MetadataBindingInfo::custom(data));
    for (buffer, _) in buffers {
        arguments = arguments.with_buffer(buffer.handle.clone().binding());
    }
    let groups = n.div_ceil(GROUP) as u32;
    let wide = groups.min(32_768);
    let kernel = Wgsl { key, text, buffers: buffers.iter().map(|(_, width)| *width).collect() };
    buffers[0].0.client.launch(Box::new(kernel), CubeCount::Static(wide, groups.div_ceil(wide), 1), arguments);
}

/// The tensor as contiguous rows.
pub fn rows(x: &Raw) -> Raw {
    into_contiguous(x.clone())
}

/// An uninitialised result of shape `dims` on the device of `like`.
pub fn empty(like: &Raw, dims: [usize; 2]) -> Raw {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), Shape::from(dims), DType::F32)
}
