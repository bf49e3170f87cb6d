//! Response templates.
