//! How `automock up` is reached, and whom it asks.

use std::path::PathBuf;

use automock_server::http::{Identity, IdentityError, ServerOptions};
use clap::ValueEnum;

use crate::failure::Failure;

/// How it is reached, and whom it asks.
#[derive(Debug, clap::Args)]
pub struct NetworkArgs {
    /// Take TLS on the same port as well, with a certificate that is generated for this machine
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    pub tls: bool,

    /// Name or address that the generated certificate is for besides localhost and the host's name, once
    /// for each
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub tls_name: Vec<String>,

    /// Write the authority of the generated certificate to a PEM file, for clients to trust
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub tls_ca_out: Option<PathBuf>,

    /// Take TLS on the same port as well, with the certificate in a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file with the key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Host that expectations may forward requests to, once for each; `*` allows all. Requests that
    /// nothing expects and that name such a host go there as well
    #[arg(long, value_name = "HOST")]
    pub forward_to: Vec<String>,

    /// PEM file with authorities to trust besides those of this machine, where requests are forwarded
    /// over TLS
    #[arg(long, value_name = "FILE")]
    pub forward_ca: Option<PathBuf>,

    /// Send names of headers in the case in which expectations write them, over HTTP/1.1
    #[arg(long)]
    pub header_case: bool,

    /// What scripts of other origins may do in a browser
    #[arg(long, value_enum, value_name = "WHAT")]
    pub cors: Option<CorsChoice>,
}

/// What scripts of other origins may do in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CorsChoice {
    /// Use the control API: any page that is open in a browser here could change what is served
    Api,
    /// Read all responses, and use the control API
    All,
}

impl NetworkArgs {
    /// Sets up a server as the flags say.
    pub(super) fn apply(&self, options: &mut ServerOptions) -> Result<(), Failure> {
        options.tls = self
            .identity()
            .map_err(|error| Failure::io("use TLS", std::io::Error::other(error)))?;
        options.forward.hosts.clone_from(&self.forward_to);
        options.forward.ca_file.clone_from(&self.forward_ca);
        options.written_case = self.header_case;
        options.cors.api = self.cors.is_some();
        options.cors.all = self.cors == Some(CorsChoice::All);
        Ok(())
    }

    /// Whether it takes TLS.
    pub(super) fn takes_tls(&self) -> bool {
        self.tls || self.tls_cert.is_some()
    }

    fn identity(&self) -> Result<Option<Identity>, IdentityError> {
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            return Identity::from_pem_files(certificate, key).map(Some);
        }
        if !self.tls {
            return Ok(None);
        }
        let mut names = self.tls_name.clone();
        names.extend(host_name());
        let identity = Identity::generate(&names)?;
        if let Some(path) = &self.tls_ca_out {
            identity.write_ca(path)?;
        }
        Ok(Some(identity))
    }
}

/// The name of this machine, if a certificate can be for it.
fn host_name() -> Option<String> {
    let name = nix::unistd::gethostname().ok()?.into_string().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(fits)).then_some(name)
}
