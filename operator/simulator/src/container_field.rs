//! The search for containers that listings of Security Center share: `ContainerFieldName` with
//! `ContainerFieldValue`, and `TargetType`.

use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{Asset, SuspiciousContainer};

/// The documented names.
const NAMES: [&str; 12] = [
    "instanceId",
    "appName",
    "clusterId",
    "regionId",
    "nodeName",
    "namespace",
    "clusterName",
    "image",
    "imageRepoName",
    "imageRepoNamespace",
    "imageRepoTag",
    "imageDigest",
];

/// What a request looks for; one of the two parameters alone has no effect.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a>(Option<(&'a str, &'a str)>);

impl<'a> Sought<'a> {
    /// Reads the parameters and refuses a field that is not documented.
    pub fn read(parameters: &'a Parameters) -> Result<Self, Refusal> {
        let name = parameters.text("ContainerFieldName");
        if name.is_some_and(|name| !NAMES.contains(&name)) {
            return Err(Refusal::invalid("ContainerFieldName"));
        }
        Ok(Self(name.zip(parameters.text("ContainerFieldValue"))))
    }

    /// Whether the container on this server has what is looked for.
    pub fn fits(self, server: Option<&Asset>, container: Option<&SuspiciousContainer>) -> bool {
        let Some((name, value)) = self.0 else {
            return true;
        };
        let of_server = |field: fn(&Asset) -> &String| server.map(|server| field(server).as_str());
        let image = container.map(|container| Image::parse(&container.image_name));
        let actual = match name {
            "instanceId" => of_server(|server| &server.instance_id),
            "clusterId" => of_server(|server| &server.cluster_id),
            "clusterName" => of_server(|server| &server.cluster_name),
            "regionId" => of_server(|server| &server.region_id),
            "nodeName" => of_server(|server| &server.instance_name),
            "appName" => container.map(|container| container.app_name.as_str()),
            "namespace" => container.map(|container| container.namespace.as_str()),
            "image" => container.map(|container| container.image_name.as_str()),
            "imageRepoName" => image.map(|image| image.name),
            "imageRepoNamespace" => image.map(|image| image.namespace),
            "imageRepoTag" => image.map(|image| image.tag),
            "imageDigest" => image.map(|image| image.digest),
            _ => None,
        };
        actual == Some(value)
    }
}

/// `registry/namespace/name:tag@digest`, taken apart; what is missing is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Image<'a> {
    namespace: &'a str,
    name: &'a str,
    tag: &'a str,
    digest: &'a str,
}

impl<'a> Image<'a> {
    fn parse(image: &'a str) -> Self {
        let (image, digest) = image.split_once('@').unwrap_or((image, ""));
        let (path, last) = image.rsplit_once('/').unwrap_or(("", image));
        let (name, tag) = last.split_once(':').unwrap_or((last, ""));
        let namespace = path.rsplit('/').next().unwrap_or_default();
        Self {
            namespace,
            name,
            tag,
            digest,
        }
    }
}

/// What `TargetType` narrows a listing to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Whatever it is about.
    Any,
    /// What is about a container.
    Container,
    /// What is about an image; there is nothing here that is.
    Image,
}

impl Target {
    /// Reads the parameter and refuses what is not in the list.
    pub fn read(parameters: &Parameters, allowed: &[&str]) -> Result<Self, Refusal> {
        match parameters.text("TargetType") {
            Some(other) if !allowed.contains(&other) => Err(Refusal::invalid("TargetType")),
            Some("containerId") => Ok(Self::Container),
            Some("imageUuid") => Ok(Self::Image),
            _ => Ok(Self::Any),
        }
    }

    /// Whether something is to be seen that is about a container or not.
    pub fn fits(self, in_container: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Container => in_container,
            Self::Image => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart() {
        let parsed = Image::parse("registry.example:5000/team/shop:1.0@sha256:ab");
        let parts = (parsed.namespace, parsed.name, parsed.tag, parsed.digest);
        assert_eq!(parts, ("team", "shop", "1.0", "sha256:ab"));
        let parsed = Image::parse("shop");
        assert_eq!((parsed.namespace, parsed.name, parsed.tag), ("", "shop", ""));
    }
}
