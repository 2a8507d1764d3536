//! `DescribeInstances` of ECS: instances of one region. `InstanceIds` is a JSON list in one text here,
//! unlike the numbered lists of the cloud assistant.

use super::shared::Tag;
use crate::wire::Json;

action! {
    /// Which instances, and which page of them.
    pub struct DescribeInstances: Read<Ecs> -> EcsInstances {
        /// Region; needed.
        region_id: Option<String>,
        /// Ids, at most 100.
        instance_ids: Option<Json<Vec<String>>>,
        /// Name; `*` stands for anything.
        instance_name: Option<String>,
        /// Private addresses.
        private_ip_addresses: Option<Json<Vec<String>>>,
        /// Public addresses.
        public_ip_addresses: Option<Json<Vec<String>>>,
        /// VPC.
        vpc_id: Option<String>,
        /// Tags that an instance must have.
        tag: Vec<Tag>,
        /// `Pending`, `Running`, `Starting`, `Stopping` or `Stopped`.
        status: Option<String>,
        /// Rows per page, at most 100.
        max_results: Option<i64>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct EcsInstances {
        /// The instances of this page.
        instances: Option<EcsInstanceSet>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// Instances.
    pub struct EcsInstanceSet {
        /// The instances.
        instance: Vec<EcsInstance>,
    }

    /// An instance.
    pub struct EcsInstance {
        /// Id.
        instance_id: Option<String>,
        /// Name.
        instance_name: Option<String>,
        /// Name inside the instance.
        host_name: Option<String>,
        /// Region.
        region_id: Option<String>,
        /// Zone.
        zone_id: Option<String>,
        /// `Pending`, `Running`, `Starting`, `Stopping` or `Stopped`.
        status: Option<String>,
        /// `linux` or `windows`.
        #[serde(rename = "OSType")]
        os_type: Option<String>,
        /// Operating system.
        #[serde(rename = "OSName")]
        os_name: Option<String>,
        /// Cores.
        cpu: Option<i64>,
        /// Memory, in MiB.
        memory: Option<i64>,
        /// Type.
        instance_type: Option<String>,
        /// Image.
        image_id: Option<String>,
        /// When it was made: `yyyy-MM-ddTHH:mmZ`.
        creation_time: Option<String>,
        /// Addresses in a VPC.
        vpc_attributes: Option<EcsVpcAttributes>,
        /// Public addresses.
        public_ip_address: Option<EcsAddresses>,
        /// Addresses in the classic network.
        inner_ip_address: Option<EcsAddresses>,
        /// Elastic address.
        eip_address: Option<EcsElasticAddress>,
        /// Tags.
        tags: Option<EcsTags>,
    }

    /// The place of an instance in a VPC.
    pub struct EcsVpcAttributes {
        /// VPC.
        vpc_id: Option<String>,
        /// Switch.
        v_switch_id: Option<String>,
        /// Private addresses.
        private_ip_address: Option<EcsAddresses>,
    }

    /// Addresses.
    pub struct EcsAddresses {
        /// The addresses.
        ip_address: Vec<String>,
    }

    /// An elastic address.
    pub struct EcsElasticAddress {
        /// The address.
        ip_address: Option<String>,
    }

    /// Tags.
    pub struct EcsTags {
        /// The tags.
        tag: Vec<EcsTag>,
    }

    /// A tag.
    pub struct EcsTag {
        /// Key.
        tag_key: Option<String>,
        /// Value.
        tag_value: Option<String>,
    }
}
