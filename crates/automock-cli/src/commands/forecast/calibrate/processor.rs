//! The processor time of a server.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::failure::Failure;

/// Where the processor time of a server is known from.
#[derive(Debug)]
pub(super) enum Processor {
    /// From the operating system.
    Measured {
        /// The processes of this machine.
        system: Box<System>,
        /// The server's.
        pid: Pid,
    },
    /// So many processors, taken as busy all the time.
    Taken(f64),
}

impl Processor {
    /// The processor time of a process of this machine.
    ///
    /// # Errors
    ///
    /// When there is no such process.
    pub(super) fn of(pid: u32) -> Result<Self, Failure> {
        let system = System::new().map_err(|error| {
            let reason = std::io::Error::other(error.to_string());
            Failure::io("read processor times", reason)
        })?;
        let mut processor = Self::Measured {
            system: Box::new(system),
            pid: Pid::from_u32(pid),
        };
        processor.seconds()?;
        Ok(processor)
    }

    /// Seconds of processor time so far.
    ///
    /// # Errors
    ///
    /// When the process has ended.
    pub(super) fn seconds(&mut self) -> Result<f64, Failure> {
        let Self::Measured { system, pid } = self else {
            return Ok(0.0);
        };
        let kind = ProcessRefreshKind::nothing().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[*pid]), true, kind);
        let Some(process) = system.process(*pid) else {
            let reason = format!("there is no process {pid}");
            return Err(Failure::io(
                "read the server's processor time",
                std::io::Error::other(reason),
            ));
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of some minutes")]
        let milliseconds = process.accumulated_cpu_time() as f64;
        Ok(milliseconds / 1_000.0)
    }
}
