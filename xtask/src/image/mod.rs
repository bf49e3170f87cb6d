//! The engine's container image: one layer with one static program.
//!
//! [`layer`] packs the program with the few files that a container expects, [`layout`] writes an
//! OCI image layout, the directory that skopeo, podman, crane and containerd read. Equal programs make
//! equal images: nothing of the moment is in them.

pub(crate) mod layer;
pub(crate) mod layout;

pub(crate) use layer::Layer;
pub(crate) use layout::Image;
