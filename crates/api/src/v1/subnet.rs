//! Subnets, and what is handed out of them.

use axum::response::Response;
use guard::entropy;
use http::StatusCode;
use plan::allocate::Strategy;
use plan::{Address, Family, Prefix};
use ringfence_app::commands::address::AllocateAddresses;
use ringfence_app::commands::subnet::{AllocateSubnets, CreateSubnet, DeleteSubnet, SubnetPatch, UpdateSubnet};
use ringfence_app::queries::subnet::{GetSubnet, ListSubnets, NextAddress, NextSubnet};
use ringfence_app::{AddressFacts, AddressStatus, GLOBAL, SubnetFacts, SubnetFilter, SubnetId, SubnetStatus, Under, VlanId};
use ringfence_guard as guard;
use ringfence_plan as plan;
use serde_json::json;

use super::{COUNT, CREATED_AT, DESCRIPTION, FIXED, ID, NAME, NOTES, OWN_SITE, SITE_ID, TAG, TAGS, UPDATED_AT, VERSION, VRF_ID};
use super::{CURSOR, LIMIT, Q, address, paging};
use crate::answer::{Answer, json as answer};
use crate::door::{Call, Outcome, Spec};
use crate::failure::Failure;
use crate::field::{Block, Number};
use crate::input::{Field, Form, Input};

const PREFIX: Field<Prefix> = Field::new("prefix", "In CIDR notation, without host bits");
const STATUS: Field<SubnetStatus> = Field::new("status", "What it is for; active if absent");
const OWN_VLAN: Field<Option<VlanId>> = Field::new("vlan_id", "Its VLAN");
const GATEWAY: Field<Option<Address>> = Field::new("gateway", "One of its addresses");

const EXACTLY: Field<Prefix> = Field::new("prefix", "Exactly that prefix");
const WITHIN: Field<Prefix> = Field::new("within", "Inside that prefix, itself included");
const CONTAINS: Field<Block> = Field::new("contains", "Containing that address or prefix");
const VLAN_ID: Field<VlanId> = Field::new("vlan_id", "Of that VLAN");
const FAMILY: Field<Family> = Field::new("family", "4 or 6");
const PARENT_ID: Field<Under> = Field::new("parent_id", "Direct children of that subnet; none for the roots");
const HAS_STATUS: Field<SubnetStatus> = Field::new("status", "In that status");
const CASCADE: Field<bool> = Field::new("cascade", "Delete its addresses too");

const LENGTH: Field<Number<0, 128>> = Field::new("length", "The prefix length of each");
const STRATEGY: Field<Strategy> = Field::new("strategy", "Where; first if absent");

/// What nobody writes: the object's own names, derived ones, and those that are written as ids.
const READ_ONLY: &[(&str, &str)] = &[
    ID,
    VERSION,
    CREATED_AT,
    UPDATED_AT,
    ("vrf", "set vrf_id"),
    ("family", ""),
    ("site", "set site_id"),
    ("vlan", "set vlan_id"),
    ("parent_id", "it follows from the prefix"),
    ("depth", ""),
    ("children", ""),
    ("capacity", ""),
    ("used", ""),
    ("reserved", ""),
    ("covered", ""),
    ("utilization", ""),
    ("vrf_id", FIXED),
    ("prefix", FIXED),
];

pub(crate) const LIST: Spec = Spec {
    query: Form::of(&[
        &VRF_ID,
        &EXACTLY,
        &WITHIN,
        &CONTAINS,
        &SITE_ID,
        &VLAN_ID,
        &HAS_STATUS,
        &FAMILY,
        &TAG,
        &Q,
        &PARENT_ID,
        &LIMIT,
        &CURSOR,
    ]),
    body: None,
    answer: Answer::List("Subnet"),
};

pub(crate) async fn list(mut call: Call) -> Outcome {
    let query = &mut call.query;
    let (contains, contains_length) = query.take(&CONTAINS).map(|Block(prefix)| (prefix.first(), prefix.length())).unzip();
    let filter = SubnetFilter {
        vrf_id: query.take(&VRF_ID),
        prefix: query.take(&EXACTLY),
        within: query.take(&WITHIN),
        contains,
        contains_length,
        site_id: query.take(&SITE_ID),
        vlan_id: query.take(&VLAN_ID),
        status: query.take(&HAS_STATUS),
        family: query.take(&FAMILY),
        tag: query.take(&TAG),
        q: query.take(&Q),
        under: query.take(&PARENT_ID),
    };
    let paging = paging(query);
    let asked = call.query.done(Some(ListSubnets { filter, paging }))?;
    call.find(asked).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form {
        fields: &[&VRF_ID, &PREFIX, &NAME, &DESCRIPTION, &NOTES, &STATUS, &OWN_SITE, &OWN_VLAN, &GATEWAY, &TAGS],
        required: &["prefix"],
        read_only: READ_ONLY,
    }),
    answer: Answer::Made("Subnet"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let vrf = call.body.take(&VRF_ID).unwrap_or(GLOBAL);
    let prefix = call.body.take(&PREFIX);
    let patch = SubnetPatch { gateway: call.body.take(&GATEWAY), ..patch(&mut call.body) };
    let facts = patch.apply(&SubnetFacts::default());
    let command = call.body.done(prefix.map(|prefix| CreateSubnet { vrf, prefix, facts }))?;
    call.make(command).await
}

/// The fields that any number of subnets can share.
fn patch(body: &mut Input) -> SubnetPatch {
    SubnetPatch {
        name: body.take(&NAME),
        description: body.take(&DESCRIPTION),
        notes: body.take(&NOTES),
        status: body.take(&STATUS),
        site_id: body.take(&OWN_SITE),
        vlan_id: body.take(&OWN_VLAN),
        gateway: None,
        tags: body.take(&TAGS),
    }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Subnet") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = SubnetId(call.id);
    call.show(GetSubnet(id)).await
}

pub(crate) const UPDATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form {
        fields: &[&NAME, &DESCRIPTION, &NOTES, &STATUS, &OWN_SITE, &OWN_VLAN, &GATEWAY, &TAGS],
        required: &[],
        read_only: READ_ONLY,
    }),
    answer: Answer::Changed("Subnet"),
};

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (SubnetId(call.id), call.expected()?);
    let patch = SubnetPatch { gateway: call.body.take(&GATEWAY), ..patch(&mut call.body) };
    let command = call.body.done(Some(UpdateSubnet { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::of(&[&CASCADE]), body: None, answer: Answer::Gone };

pub(crate) async fn delete(mut call: Call) -> Outcome {
    let (id, expect) = (SubnetId(call.id), call.expected()?);
    let cascade = call.query.take(&CASCADE).unwrap_or(false);
    let command = call.query.done(Some(DeleteSubnet { id, expect, cascade }))?;
    call.remove(command).await
}

pub(crate) const NEXT_ADDRESS: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Text("address") };

pub(crate) async fn next_address(call: Call) -> Outcome {
    let next = call.app.ask(&call.op, NextAddress(SubnetId(call.id))).await.map_err(Failure::asked)?;
    text("address", &next.to_string())
}

pub(crate) const TAKE_ADDRESSES: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form { fields: address::TAKEN, required: &[], read_only: address::READ_ONLY }),
    answer: Answer::Handed("Address"),
};

pub(crate) async fn take_addresses(mut call: Call) -> Outcome {
    let count = call.body.take(&COUNT).map_or(1, Number::to);
    let patch = address::patch(&mut call.body);
    let status = patch.status.unwrap_or(AddressStatus::Used);
    let facts = AddressFacts { status, ..patch.apply(&AddressFacts::default()) };
    let command = AllocateAddresses { subnet: SubnetId(call.id), count, facts };
    let command = call.body.done(Some(command))?;
    call.hand_out(command).await
}

pub(crate) const NEXT_SUBNET: Spec =
    Spec { query: Form { fields: &[&LENGTH], required: &["length"], read_only: &[] }, body: None, answer: Answer::Text("prefix") };

pub(crate) async fn next_subnet(mut call: Call) -> Outcome {
    let (within, length) = (SubnetId(call.id), call.query.take(&LENGTH));
    let length = call.query.done(length)?.to();
    let next = call.app.ask(&call.op, NextSubnet { within, length }).await.map_err(Failure::asked)?;
    text("prefix", &next.to_string())
}

fn text(name: &str, text: &str) -> Result<Response, Failure> {
    answer(StatusCode::OK, &json!({ name: text }))
}

pub(crate) const CARVE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form {
        fields: &[&LENGTH, &COUNT, &STRATEGY, &NAME, &DESCRIPTION, &NOTES, &STATUS, &OWN_SITE, &OWN_VLAN, &TAGS],
        required: &["length"],
        read_only: READ_ONLY,
    }),
    answer: Answer::Handed("Subnet"),
};

pub(crate) async fn carve(mut call: Call) -> Outcome {
    let (within, length) = (SubnetId(call.id), call.body.take(&LENGTH));
    let count = call.body.take(&COUNT).map_or(1, Number::to);
    let strategy = call.body.take(&STRATEGY).unwrap_or(Strategy::First);
    let facts = patch(&mut call.body).apply(&SubnetFacts::default());
    let seed = if strategy == Strategy::Random { u128::from_be_bytes(entropy::bytes(call.app.entropy().as_ref())) } else { 0 };
    let command = length.map(|length| AllocateSubnets { within, length: length.to(), count, strategy, seed, facts });
    let command = call.body.done(command)?;
    call.hand_out(command).await
}
