//! Reading a file while somebody else writes it.

use std::path::Path;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

/// A growing file, read line by line.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    pending: Vec<u8>,
}

impl Tail {
    pub(super) async fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            file: File::open(path).await?,
            pending: Vec::new(),
        })
    }

    /// Hands over the lines that are complete by now.
    pub(super) async fn drain(&mut self, mut line: impl FnMut(&str)) -> std::io::Result<()> {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = self.file.read(&mut chunk).await?;
            if read == 0 {
                return Ok(());
            }
            self.pending.extend_from_slice(&chunk[..read]);
            self.hand_over(&mut line);
        }
    }

    /// Hands over the rest, a last line without its end included.
    pub(super) async fn finish(mut self, mut line: impl FnMut(&str)) -> std::io::Result<()> {
        self.drain(&mut line).await?;
        if !self.pending.is_empty() {
            line(&String::from_utf8_lossy(&self.pending));
        }
        Ok(())
    }

    fn hand_over(&mut self, line: &mut impl FnMut(&str)) {
        let mut start = 0;
        while let Some(length) = self.pending[start..].iter().position(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(&self.pending[start..start + length]);
            if !text.trim().is_empty() {
                line(text.trim_end_matches('\r'));
            }
            start += length + 1;
        }
        self.pending.drain(..start);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[tokio::test]
    async fn a_line_comes_once_it_is_whole() {
        let mut writer = tempfile::NamedTempFile::new().unwrap();
        let mut tail = Tail::open(writer.path()).await.unwrap();
        let mut lines = Vec::new();
        write!(writer, "one\ntw").unwrap();
        tail.drain(|line| lines.push(line.to_owned()))
            .await
            .unwrap();
        assert_eq!(lines, ["one"]);
        write!(writer, "o\n\nthree").unwrap();
        tail.drain(|line| lines.push(line.to_owned()))
            .await
            .unwrap();
        assert_eq!(lines, ["one", "two"]);
        tail.finish(|line| lines.push(line.to_owned()))
            .await
            .unwrap();
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_character_that_is_cut_by_a_write_is_whole_again() {
        let mut writer = tempfile::NamedTempFile::new().unwrap();
        let mut tail = Tail::open(writer.path()).await.unwrap();
        let mut lines = Vec::new();
        let bytes = "é\n".as_bytes();
        for byte in bytes {
            writer.write_all(&[*byte]).unwrap();
            tail.drain(|line| lines.push(line.to_owned()))
                .await
                .unwrap();
        }
        assert_eq!(lines, ["é"]);
    }
}
