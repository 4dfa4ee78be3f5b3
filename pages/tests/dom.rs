//! HTML as a browser reads it.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element.
pub(crate) struct Element {
    node: Handle,
    pub(crate) name: String,
}

/// A document without an error of form.
pub(crate) struct Dom(RcDom);

impl Dom {
    /// Reads a document, which has to be well-formed.
    pub(crate) fn parse(html: &str) -> Self {
        let options = ParseOpts {
            tokenizer: html5ever::tokenizer::TokenizerOpts {
                exact_errors: true,
                ..Default::default()
            },
            ..Default::default()
        };
        let dom = parse_document(RcDom::default(), options).one(html);
        assert!(
            dom.errors.borrow().is_empty(),
            "{:?}\n{html}",
            dom.errors.borrow()
        );
        Self(dom)
    }

    pub(crate) fn elements(&self) -> Vec<Element> {
        let mut found = Vec::new();
        collect(&self.0.document, &mut found);
        found
    }

    /// The elements of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<Element> {
        let mut elements = self.elements();
        elements.retain(|element| element.name == name);
        elements
    }

    pub(crate) fn with_class(&self, class: &str) -> Vec<Element> {
        let has = |element: &Element| {
            element
                .attribute("class")
                .is_some_and(|all| all.split(' ').any(|one| one == class))
        };
        self.elements().into_iter().filter(has).collect()
    }

    pub(crate) fn text(&self) -> String {
        text_of(&self.0.document)
    }
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let NodeData::Element { attrs, .. } = &self.node.data else {
            return None;
        };
        let attrs = attrs.borrow();
        let found = attrs.iter().find(|attribute| &*attribute.name.local == name)?;
        Some(found.value.to_string())
    }

    pub(crate) fn attributes(&self) -> Vec<(String, String)> {
        let NodeData::Element { attrs, .. } = &self.node.data else {
            return Vec::new();
        };
        let attrs = attrs.borrow();
        attrs
            .iter()
            .map(|one| (one.name.local.to_string(), one.value.to_string()))
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        text_of(&self.node)
    }
}

fn collect(node: &Handle, found: &mut Vec<Element>) {
    if let NodeData::Element { name, .. } = &node.data {
        found.push(Element {
            node: node.clone(),
            name: name.local.to_string(),
        });
    }
    for child in node.children.borrow().iter() {
        collect(child, found);
    }
}

/// The words, each run of white space as one space.
fn text_of(node: &Handle) -> String {
    fn collect(node: &Handle, text: &mut String) {
        if matches!(&node.data, NodeData::Element { name, .. } if &*name.local == "style") {
            return;
        }
        if let NodeData::Text { contents } = &node.data {
            text.push_str(&contents.borrow());
            text.push(' ');
        }
        for child in node.children.borrow().iter() {
            collect(child, text);
        }
    }
    let mut text = String::new();
    collect(node, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
