//! Every route of this door, one line each. The router, the description and the tests are made from it.

use std::sync::Arc;

use axum::routing::MethodFilter;
use guard::http::route::{Access, Route};
use guard::permission::Permission;
use http::Method;
use ringfence_app::App;
use ringfence_guard as guard;

use crate::door::{self, Endpoint};
use crate::v1::{address, audit, search, site, subnet, tag, vlan, vrf};
use crate::{openapi, probe};

/// One line of the table as an endpoint.
macro_rules! endpoint {
    ($method:ident $path:literal $permission:ident $noun:ident $spec:ident $summary:literal) => {
        Endpoint {
            name: concat!(stringify!($method), " ", $path),
            method: stringify!($method),
            filter: MethodFilter::$method,
            path: $path,
            permission: Permission::$permission,
            summary: $summary,
            spec: &$noun::$spec,
        }
    };
}

/// `METHOD path, right, handler, spec, summary`. The right stands once and is both shown and enforced.
macro_rules! table {
    (
        public { $($pm:ident $pp:literal, $pn:ident::$ph:ident, $ps:literal;)* }
        api { $($method:ident $path:literal, $permission:ident, $noun:ident::$handler:ident, $spec:ident, $summary:literal;)* }
    ) => {
        /// Every route of this door.
        pub static ROUTES: &[Route<Arc<App>>] = &[
            $(Route {
                method: Method::$pm,
                path: $pp,
                access: Access::Public,
                door: None,
                handler: || door::public(MethodFilter::$pm, $pn::$ph),
                summary: $ps,
                mutates: false,
                polls: false,
            },)*
            $(Route {
                method: Method::$method,
                path: $path,
                access: Access::Api(Permission::$permission),
                door: None,
                handler: || {
                    static ENDPOINT: Endpoint = endpoint!($method $path $permission $noun $spec $summary);
                    door::open(&ENDPOINT, $noun::$handler)
                },
                summary: $summary,
                mutates: !matches!(stringify!($method).as_bytes(), b"GET"),
                polls: false,
            },)*
        ];

        /// The same for the description: those under `/api/v1`.
        pub(crate) static ENDPOINTS: &[Endpoint] = &[$(endpoint!($method $path $permission $noun $spec $summary),)*];
    };
}

table! {
    public {
        GET "/healthz", probe::health, "Whether the process answers";
        GET "/readyz", probe::ready, "Whether the database answers";
    }
    api {
        GET "/api/v1/addresses", AddressRead, address::list, LIST, "Addresses in order";
        POST "/api/v1/addresses", AddressWrite, address::create, CREATE, "Make an address";
        GET "/api/v1/addresses/{id}", AddressRead, address::get, GET, "One address";
        PATCH "/api/v1/addresses/{id}", AddressWrite, address::update, UPDATE, "Change an address";
        DELETE "/api/v1/addresses/{id}", AddressWrite, address::delete, DELETE, "Delete an address";
        GET "/api/v1/audit", AuditRead, audit::list, LIST, "What happened, newest first";
        GET "/api/v1/openapi.json", SelfRead, openapi::show, SHOW, "This description";
        GET "/api/v1/search", SearchRead, search::find, FIND, "Find by address, prefix or part of a name";
        GET "/api/v1/sites", SiteRead, site::list, LIST, "Sites by name";
        POST "/api/v1/sites", SiteWrite, site::create, CREATE, "Make a site";
        GET "/api/v1/sites/{id}", SiteRead, site::get, GET, "One site";
        PATCH "/api/v1/sites/{id}", SiteWrite, site::update, UPDATE, "Change a site";
        DELETE "/api/v1/sites/{id}", SiteWrite, site::delete, DELETE, "Delete a site";
        GET "/api/v1/subnets", SubnetRead, subnet::list, LIST, "Subnets in the order of the tree";
        POST "/api/v1/subnets", SubnetWrite, subnet::create, CREATE, "Make a subnet";
        GET "/api/v1/subnets/{id}", SubnetRead, subnet::get, GET, "One subnet";
        PATCH "/api/v1/subnets/{id}", SubnetWrite, subnet::update, UPDATE, "Change a subnet";
        DELETE "/api/v1/subnets/{id}", SubnetWrite, subnet::delete, DELETE, "Delete a subnet; its children go to its parent";
        GET "/api/v1/subnets/{id}/addresses/next", AddressRead, subnet::next_address, NEXT_ADDRESS, "The next free address, not taken";
        POST "/api/v1/subnets/{id}/addresses/next", AddressWrite, subnet::take_addresses, TAKE_ADDRESSES, "Take the next free addresses";
        GET "/api/v1/subnets/{id}/subnets/next", SubnetRead, subnet::next_subnet, NEXT_SUBNET, "The next free prefix, not taken";
        POST "/api/v1/subnets/{id}/subnets/next", SubnetWrite, subnet::carve, CARVE, "Carve out the next free subnets of a length";
        GET "/api/v1/tags", TagRead, tag::list, LIST, "Tags by name";
        POST "/api/v1/tags", TagWrite, tag::create, CREATE, "Make a tag";
        GET "/api/v1/tags/{id}", TagRead, tag::get, GET, "One tag";
        PATCH "/api/v1/tags/{id}", TagWrite, tag::update, UPDATE, "Change a tag";
        DELETE "/api/v1/tags/{id}", TagWrite, tag::delete, DELETE, "Delete a tag";
        GET "/api/v1/vlans", VlanRead, vlan::list, LIST, "VLANs by number";
        POST "/api/v1/vlans", VlanWrite, vlan::create, CREATE, "Make a VLAN";
        GET "/api/v1/vlans/{id}", VlanRead, vlan::get, GET, "One VLAN";
        PATCH "/api/v1/vlans/{id}", VlanWrite, vlan::update, UPDATE, "Change a VLAN";
        DELETE "/api/v1/vlans/{id}", VlanWrite, vlan::delete, DELETE, "Delete a VLAN";
        GET "/api/v1/vrfs", VrfRead, vrf::list, LIST, "Routing tables by name";
        POST "/api/v1/vrfs", VrfWrite, vrf::create, CREATE, "Make a routing table";
        GET "/api/v1/vrfs/{id}", VrfRead, vrf::get, GET, "One routing table";
        PATCH "/api/v1/vrfs/{id}", VrfWrite, vrf::update, UPDATE, "Change a routing table";
        DELETE "/api/v1/vrfs/{id}", VrfWrite, vrf::delete, DELETE, "Delete a routing table";
    }
}
