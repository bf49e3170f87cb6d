//! A connection to S3 that has troubles.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// The answer ends after so many bytes.
    CutAfter(usize),
    /// There never is an answer.
    Silent,
    /// They are closed at once.
    Refused,
}

/// Passes bytes on to a server, as far as there is no trouble.
pub(crate) struct Wire {
    address: SocketAddr,
    trouble: Arc<Mutex<Trouble>>,
}

impl Wire {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let trouble = Arc::new(Mutex::new(Trouble::None));
        let now = Arc::clone(&trouble);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let now = Arc::clone(&now);
                thread::spawn(move || pass(&client, server, &now));
            }
        });
        Self { address, trouble }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn has(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }
}

fn pass(client: &TcpStream, server: SocketAddr, trouble: &Arc<Mutex<Trouble>>) {
    if *trouble.lock().unwrap() == Trouble::Refused {
        return;
    }
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut &from, &mut &to);
        let _ = to.shutdown(Shutdown::Write);
    });
    answer(client, &server, trouble);
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn answer(mut client: &TcpStream, mut server: &TcpStream, trouble: &Mutex<Trouble>) {
    let mut buffer = [0; 512];
    let mut passed = 0;
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        let trouble = *trouble.lock().unwrap();
        match trouble {
            Trouble::Refused => return,
            Trouble::Silent => return thread::sleep(Duration::from_mins(1)),
            Trouble::CutAfter(most) if passed + length > most => return,
            _ => {}
        }
        passed += length;
        if client.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
