//! The two S3 servers, and what the tests do in them.

use std::net::SocketAddr;

use automock_testkit::{Emulator, Fault, S3Server, TestkitError, fresh_world};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use tokio::runtime::Runtime;

use crate::BUCKET;

enum Server {
    Emulator(Emulator),
    Versitygw(S3Server),
}

/// A bucket in a server.
pub(crate) struct Store {
    server: Server,
    client: Client,
    runtime: Runtime,
}

impl Store {
    pub(crate) fn emulator() -> Self {
        Self::new(Server::Emulator(fresh_world()))
    }

    /// Nothing, and a word about it, on a machine without the program.
    pub(crate) fn versitygw() -> Option<Self> {
        match S3Server::start() {
            Err(missing @ TestkitError::NoProgram { .. }) => {
                eprintln!("skipped: {missing}; `cargo xtask test` builds it where Go is installed");
                None
            }
            started => Some(Self::new(Server::Versitygw(started.unwrap()))),
        }
    }

    fn new(server: Server) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let url = match &server {
            Server::Emulator(emulator) => emulator.endpoint(),
            Server::Versitygw(server) => server.url(),
        };
        let credentials = Credentials::new(
            S3Server::ACCESS_KEY,
            S3Server::SECRET_KEY,
            None,
            None,
            "tests",
        );
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .region(Region::from_static("us-east-1"))
            .endpoint_url(url)
            .credentials_provider(credentials)
            .force_path_style(true)
            .build();
        let client = Client::from_conf(config);
        let made = client.create_bucket().bucket(BUCKET).send();
        runtime.block_on(made).unwrap();
        Self {
            server,
            client,
            runtime,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match &self.server {
            Server::Emulator(emulator) => {
                let url = emulator.endpoint();
                url.trim_start_matches("http://").parse().unwrap()
            }
            Server::Versitygw(server) => server.address(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub(crate) fn put(&self, key: &str, body: &str) {
        let body = body.as_bytes().to_vec().into();
        let put = self.client.put_object().bucket(BUCKET).key(key).body(body);
        self.runtime.block_on(put.send()).unwrap();
    }

    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.runtime.block_on(async {
            let get = self.client.get_object().bucket(BUCKET).key(key);
            let body = get.send().await.ok()?.body.collect().await.unwrap();
            Some(String::from_utf8(body.to_vec()).unwrap())
        })
    }

    pub(crate) fn delete(&self, key: &str) {
        let delete = self.client.delete_object().bucket(BUCKET).key(key);
        self.runtime.block_on(delete.send()).unwrap();
    }

    pub(crate) fn list(&self, prefix: &str) -> Vec<String> {
        let list = self.client.list_objects_v2().bucket(BUCKET).prefix(prefix);
        let listed = self.runtime.block_on(list.send()).unwrap();
        let names = listed.contents().iter().filter_map(|object| object.key());
        names.map(ToOwned::to_owned).collect()
    }

    pub(crate) fn fault(&self, fault: &Fault) {
        if let Server::Emulator(emulator) = &self.server {
            emulator.fault(fault).unwrap();
        }
    }

    pub(crate) fn clear_faults(&self) {
        if let Server::Emulator(emulator) = &self.server {
            emulator.clear_faults().unwrap();
        }
    }
}
