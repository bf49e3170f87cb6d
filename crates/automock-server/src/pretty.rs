//! JSON as `MockServer` indents it: blanks around colons, and arrays on one line.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use crate::node::Node;

/// JSON for people: `{`, line, `"a" : [ 1, 2 ]`, line, `}`.
pub(crate) fn pretty(node: &Node) -> String {
    write(node, Jackson::default())
}

/// JSON for a client: a list without anything is `[]`.
pub(crate) fn pretty_answer(node: &Node) -> String {
    match node.as_array() {
        Some([]) => "[]".to_owned(),
        _ => pretty(node),
    }
}

/// The same with each item of an array on a line of its own, as the entries of the log are written.
pub(crate) fn pretty_in_lines(node: &Node) -> String {
    write(
        node,
        Jackson {
            item_lines: true,
            ..Jackson::default()
        },
    )
}

fn write(node: &Node, formatter: Jackson) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, formatter);
    node.serialize(&mut serializer)
        .expect("a node has only strings as names, and memory takes all bytes");
    String::from_utf8(bytes).expect("JSON of strings is UTF-8")
}

#[derive(Debug, Default)]
struct Jackson {
    item_lines: bool,
    depth: usize,
    has_value: bool,
}

impl Jackson {
    fn break_line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    /// Before an item or the end of an array.
    fn space_item<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        if self.item_lines {
            self.break_line(writer)
        } else {
            writer.write_all(b" ")
        }
    }
}

impl Formatter for Jackson {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += usize::from(self.item_lines);
        self.has_value = false;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= usize::from(self.item_lines);
        if self.has_value {
            self.space_item(writer)?;
        } else {
            writer.write_all(b" ")?;
        }
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.space_item(writer)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.break_line(writer)?;
        } else {
            writer.write_all(b" ")?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.break_line(writer)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::Backspace => writer.write_all(b"\\b"),
            CharEscape::FormFeed => writer.write_all(b"\\f"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_break_lines_and_arrays_do_not() {
        let node = Node::parse(
            r#"{"a":1,"b":[1,"x",[]],"c":{},"d":[{"e":null},{"f":"\"\\\n\u001f/é"}],"g":{"h":[ ]}}"#,
        );
        let node = node.unwrap();
        let expected = r#"{
  "a" : 1,
  "b" : [ 1, "x", [ ] ],
  "c" : { },
  "d" : [ {
    "e" : null
  }, {
    "f" : "\"\\\n\u001F/é"
  } ],
  "g" : {
    "h" : [ ]
  }
}"#;
        assert_eq!(pretty(&node), expected);
        assert_eq!(Node::parse(&pretty(&node)).unwrap(), node);
    }

    #[test]
    fn arrays_break_lines_where_they_should() {
        let node = Node::parse(r#"[{"a":["x"]},[]]"#).unwrap();
        let expected = "[\n  {\n    \"a\" : [\n      \"x\"\n    ]\n  },\n  [ ]\n]";
        assert_eq!(pretty_in_lines(&node), expected);
    }
}
