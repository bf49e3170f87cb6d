//! How the server is reached: the same options that `automock up` has.

use std::path::PathBuf;

use automock_server::http::{Identity, IdentityError, ServerOptions};
use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use nix::unistd::gethostname;

/// How the server is reached.
#[derive(Debug, Args)]
pub(crate) struct NetworkArguments {
    /// Take TLS on the same port as well, with a certificate that is generated for this machine
    #[arg(
        long,
        env = "AUTOMOCK_TLS",
        action = ArgAction::SetTrue,
        value_parser = BoolishValueParser::new(),
        conflicts_with_all = ["tls_cert", "tls_key"]
    )]
    tls: bool,

    /// Names or addresses that the generated certificate is for besides localhost and the host's name,
    /// separated by commas
    #[arg(
        long,
        env = "AUTOMOCK_TLS_NAME",
        value_name = "NAME",
        value_delimiter = ','
    )]
    tls_name: Vec<String>,

    /// Write the authority of the generated certificate to a PEM file, for clients to trust
    #[arg(long, env = "AUTOMOCK_TLS_CA_OUT", value_name = "FILE")]
    tls_ca_out: Option<PathBuf>,

    /// Take TLS on the same port as well, with the certificate in a PEM file
    #[arg(
        long,
        env = "AUTOMOCK_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,

    /// PEM file with the key of the certificate
    #[arg(
        long,
        env = "AUTOMOCK_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,

    /// Send names of headers in the case in which expectations write them, over HTTP/1.1
    #[arg(
        long,
        env = "AUTOMOCK_HEADER_CASE",
        action = ArgAction::SetTrue,
        value_parser = BoolishValueParser::new()
    )]
    header_case: bool,

    /// What scripts of other origins may do in a browser
    #[arg(long, env = "AUTOMOCK_CORS", value_enum, value_name = "WHAT")]
    cors: Option<CorsChoice>,
}

/// What scripts of other origins may do in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CorsChoice {
    /// Use the control API
    Api,
    /// Read all responses, and use the control API
    All,
}

impl NetworkArguments {
    /// Sets up a server as the options say.
    ///
    /// # Errors
    /// When a certificate cannot be used.
    pub(crate) fn apply(&self, options: &mut ServerOptions) -> Result<(), IdentityError> {
        options.tls = self.identity()?;
        options.written_case = self.header_case;
        options.cors.api = self.cors.is_some();
        options.cors.all = self.cors == Some(CorsChoice::All);
        Ok(())
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
    let name = gethostname().ok()?.into_string().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(fits)).then_some(name)
}
