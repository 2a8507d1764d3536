//! How servers come to be listed: Security Center notices them some time after it was asked to
//! look or when their agent reports, and binds them where a contract says so for new servers.

use jiff::Timestamp;

use super::{Asset, Billing, DataCentre, Edition};

impl DataCentre {
    /// Records that a hidden server is listed from this time on, unless it is so earlier anyway.
    pub fn notice(&mut self, uuid: &str, at: Timestamp) {
        let hidden = |asset: &&Asset| !asset.is_listed(at) && !asset.is_gone(at);
        let Some(asset) = self.assets.get(uuid).filter(hidden) else {
            return;
        };
        let bound = self.automatic_binding(asset, at);
        let lag = self.settings.lag_seconds;
        let Some(asset) = self.assets.get_mut(uuid) else {
            return;
        };
        asset.listed_from = Some(at);
        if let Some((billing, edition)) = bound {
            asset.authorise(edition, billing, at, lag);
        }
    }

    /// The contract and edition that a new server is bound to, if any: pay-as-you-go's edition
    /// for new servers, else the strongest edition of the subscription that still has seats.
    fn automatic_binding(&self, asset: &Asset, at: Timestamp) -> Option<(Billing, Edition)> {
        let is_node = !asset.cluster_id.is_empty();
        let fits = |edition: &Edition| !is_node || *edition == Edition::ULTIMATE;
        let is_new = asset.machine_type != "serverless" && !asset.auth_version.is_paid();
        if !is_new {
            return None;
        }
        let cores = i64::from(asset.cores);
        let room =
            |used: i64, more: i64, ceiling: Option<i64>| ceiling.is_none_or(|most| used + more <= most);
        let by_use = self.pay_as_you_go.as_ref().and_then(|contract| {
            let sells = contract.auto_bind && !contract.arrears && contract.is_on("POST_HOST");
            let edition = contract.auto_bind_version.filter(|_| sells)?;
            let (used_servers, used_cores) = self.bound_at(at, Billing::PayAsYouGo, None);
            let has_room = room(used_servers, 1, contract.maximum_servers)
                && room(used_cores, cores, contract.maximum_cores);
            Some(edition).filter(|edition| has_room && edition.is_paid() && fits(edition))
        });
        if let Some(edition) = by_use {
            return Some((Billing::PayAsYouGo, edition));
        }
        let held = self.active_subscription(at).filter(|held| held.auto_bind)?;
        let with_seats = held.quotas.iter().filter(|(edition, quota)| {
            let (used_servers, used_cores) = self.bound_at(at, Billing::Subscription, Some(**edition));
            let servers = quota.bind_type.counts_servers().then_some(quota.servers);
            let cores_held = quota.bind_type.counts_cores().then_some(quota.cores);
            fits(edition) && room(used_servers, 1, servers) && room(used_cores, cores, cores_held)
        });
        let strongest = with_seats.max_by_key(|(edition, _)| edition.strength())?;
        Some((Billing::Subscription, *strongest.0))
    }

    /// Servers and cores that a contract binds at this time, of one edition or of all.
    fn bound_at(&self, at: Timestamp, billing: Billing, edition: Option<Edition>) -> (i64, i64) {
        let bound = self.listed(at).filter(|(_, asset)| {
            let held = self.authorisation(asset, at);
            held.is_bound_by(billing) && edition.is_none_or(|edition| edition == held.edition)
        });
        bound.fold((0, 0), |(servers, cores), (_, asset)| {
            (servers + 1, cores + i64::from(asset.cores))
        })
    }
}
