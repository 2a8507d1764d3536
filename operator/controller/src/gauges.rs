//! Metrics that are read off objects at every scrape, so that those of an object that is removed are gone with it,
//! and a restart forgets nothing.

use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};
use sas_engine::operation::Reported;

/// A metric of a kind.
pub struct Gauges<K: 'static> {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// Sets the values of one object.
    pub add: fn(&IntGaugeVec, &K),
}

impl<K: Reported> Gauges<K> {
    /// Registers the metric for all objects that a store holds.
    pub fn register(
        &'static self,
        registry: &Registry,
        objects: Store<DeserializeGuard<K>>,
    ) -> Result<(), prometheus::Error> {
        let descriptions = self.empty()?.desc().into_iter().cloned().collect();
        registry.register(Box::new(OfObjects {
            gauges: self,
            objects,
            descriptions,
        }))
    }

    fn empty(&self) -> Result<IntGaugeVec, prometheus::Error> {
        IntGaugeVec::new(Opts::new(self.name, self.help), self.labels)
    }
}

struct OfObjects<K: Reported> {
    gauges: &'static Gauges<K>,
    objects: Store<DeserializeGuard<K>>,
    descriptions: Vec<Desc>,
}

impl<K: Reported> Collector for OfObjects<K> {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let found = self
            .gauges
            .empty()
            .expect("the same description made it when it was registered");
        for object in self.objects.state() {
            if let Ok(object) = &object.0 {
                (self.gauges.add)(&found, object);
            }
        }
        found.collect()
    }
}
