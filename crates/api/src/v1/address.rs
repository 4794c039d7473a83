//! Addresses.

use plan::{Address, Prefix};
use ringfence_app::commands::address::{AddressPatch, CreateAddress, DeleteAddress, UpdateAddress};
use ringfence_app::queries::address::{GetAddress, ListAddresses};
use ringfence_app::queries::subnet::GetSubnet;
use ringfence_app::{AddressFacts, AddressFilter, AddressId, AddressStatus, GLOBAL, Refusal, SubnetId, VrfId};
use ringfence_plan as plan;

use super::{COUNT, CREATED_AT, CURSOR, DESCRIPTION, FIXED, ID, LIMIT, NOTES, Q, TAG, TAGS, UPDATED_AT, VERSION, VRF_ID, paging};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::failure::Failure;
use crate::field::Day;
use crate::input::{Described, Field, Form, Input};

const ADDRESS: Field<Address> = Field::new("address", "The address");
const IN_SUBNET: Field<SubnetId> = Field::new("subnet_id", "Instead of vrf_id: a subnet that contains the address");
const STATUS: Field<AddressStatus> = Field::new("status", "What it is; used if absent");
const HOSTNAME: Field<String> = Field::new("hostname", "At most 255 characters");
const OWNER: Field<String> = Field::new("owner", "Who it belongs to, at most 255 characters");
const MAC: Field<String> = Field::new("mac", "Hardware address in any notation");
const EXPIRES_AT: Field<Option<Day>> = Field::new("expires_at", "The day after which it is no longer needed");

const SUBNET_ID: Field<SubnetId> = Field::new("subnet_id", "Directly in that subnet");
const EXACTLY: Field<Address> = Field::new("address", "Exactly that address");
const HAS_STATUS: Field<AddressStatus> = Field::new("status", "In that status");
const HAS_HOSTNAME: Field<String> = Field::new("hostname", "With that host name, whatever the case");

/// What nobody writes, here or when addresses are handed out.
pub(super) const READ_ONLY: &[(&str, &str)] = &[
    ID,
    VERSION,
    CREATED_AT,
    UPDATED_AT,
    ("vrf", "set vrf_id"),
    ("family", ""),
    ("vrf_id", FIXED),
    ("subnet_id", "it follows from the address"),
    ("address", FIXED),
];

/// What is set on addresses that are handed out.
pub(super) const TAKEN: &[&dyn Described] = &[&COUNT, &STATUS, &HOSTNAME, &OWNER, &MAC, &DESCRIPTION, &NOTES, &EXPIRES_AT, &TAGS];

pub(crate) const LIST: Spec = Spec {
    query: Form::of(&[&SUBNET_ID, &VRF_ID, &EXACTLY, &HAS_STATUS, &HAS_HOSTNAME, &TAG, &Q, &LIMIT, &CURSOR]),
    body: None,
    answer: Answer::List("Address"),
};

pub(crate) async fn list(mut call: Call) -> Outcome {
    let query = &mut call.query;
    let filter = AddressFilter {
        subnet_id: query.take(&SUBNET_ID),
        vrf_id: query.take(&VRF_ID),
        address: query.take(&EXACTLY),
        within: None,
        status: query.take(&HAS_STATUS),
        hostname: query.take(&HAS_HOSTNAME),
        tag: query.take(&TAG),
        q: query.take(&Q),
    };
    let paging = paging(query);
    let asked = call.query.done(Some(ListAddresses { filter, paging }))?;
    call.find(asked).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form {
        fields: &[&VRF_ID, &IN_SUBNET, &ADDRESS, &STATUS, &HOSTNAME, &OWNER, &MAC, &DESCRIPTION, &NOTES, &EXPIRES_AT, &TAGS],
        required: &["address"],
        read_only: READ_ONLY,
    }),
    answer: Answer::Made("Address"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let (vrf, subnet) = (call.body.take(&VRF_ID), call.body.take(&IN_SUBNET));
    let address = call.body.take(&ADDRESS);
    let facts = patch(&mut call.body).apply(&AddressFacts::default());
    let address = call.body.done(address)?;
    let vrf = match (vrf, subnet) {
        (vrf, None) => vrf.unwrap_or(GLOBAL),
        (None, Some(subnet)) => vrf_of(&call, subnet, address).await?,
        (Some(_), Some(_)) => return Err(Refusal::invalid("subnet_id", "send either vrf_id or subnet_id").into()),
    };
    call.make(CreateAddress { vrf, address, facts }).await
}

/// The routing table of a subnet that contains the address.
async fn vrf_of(call: &Call, id: SubnetId, address: Address) -> Result<VrfId, Failure> {
    let subnet = call.app.ask(&call.op, GetSubnet(id)).await.map_err(|refusal| match refusal {
        Refusal::NotFound { .. } => Refusal::invalid("subnet_id", format!("there is no subnet {id}")),
        other => other,
    })?;
    if Prefix::parse(&subnet.prefix).is_ok_and(|prefix| prefix.contains_address(address)) {
        return Ok(VrfId(subnet.vrf.id));
    }
    Err(Refusal::invalid("address", format!("{address} is not inside {}, the prefix of subnet {id}", subnet.prefix)).into())
}

/// What people set on an address.
pub(super) fn patch(body: &mut Input) -> AddressPatch {
    AddressPatch {
        status: body.take(&STATUS),
        hostname: body.take(&HOSTNAME),
        owner: body.take(&OWNER),
        mac: body.take(&MAC),
        description: body.take(&DESCRIPTION),
        notes: body.take(&NOTES),
        expires_on: body.take(&EXPIRES_AT).map(|day| day.map(|Day(text)| text)),
        tags: body.take(&TAGS),
    }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Address") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = AddressId(call.id);
    call.show(GetAddress(id)).await
}

pub(crate) const UPDATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form {
        fields: &[&STATUS, &HOSTNAME, &OWNER, &MAC, &DESCRIPTION, &NOTES, &EXPIRES_AT, &TAGS],
        required: &[],
        read_only: READ_ONLY,
    }),
    answer: Answer::Changed("Address"),
};

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (AddressId(call.id), call.expected()?);
    let patch = patch(&mut call.body);
    let command = call.body.done(Some(UpdateAddress { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Gone };

pub(crate) async fn delete(call: Call) -> Outcome {
    let (id, expect) = (AddressId(call.id), call.expected()?);
    call.remove(DeleteAddress { id, expect }).await
}
