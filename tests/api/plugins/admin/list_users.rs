//! Lists of users.

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{ENABLED, member, refusal};
use crate::harness::TEXT_IDS;
use crate::harness::{Browser, Server};

const NOBODY: &str = r#"{"users":[],"total":0}"#;

/// The names that a query finds, in order.
async fn names(ada: &mut Browser<'_>, query: &str) -> Vec<String> {
    let answer = ada.get(&format!("/admin/list-users?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let users = answer.json()["users"].as_array().expect("users").clone();
    users.iter().map(|user| user["name"].as_str().expect("a name").to_owned()).collect()
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

async fn make(ada: &mut Browser<'_>, name: &str, email: &str, data: Value) {
    let answer = ada.post("/admin/create-user", &json!({"name": name, "email": email, "data": data})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[actix_web::test]
async fn t11_what_is_no_field_that_users_show_finds_nobody_and_reaches_no_statement() {
    let toml = format!(
        "{ENABLED}\n[user.additional_fields.secretNote]\ntype = \"string\"\nrequired = false\nreturned = false\n\
         [user.additional_fields.settings]\ntype = \"json\"\nrequired = false"
    );
    let server = Server::with(&toml).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    make(&mut ada, "Bob", "bob@example.com", json!({"secretNote": "abc"})).await;
    for field in [
        "password",
        "secretNote",
        "settings",
        "no_such_column",
        "__proto__",
        "constructor",
        "EMAIL",
        "email\"",
        "email; DROP TABLE user",
        "email} OR 1=1 --",
        "user.email",
        "user.*",
        "(SELECT password FROM account LIMIT 1)",
        "1",
    ] {
        let field = encoded(field);
        let sorted = ada.get(&format!("/admin/list-users?sortBy={field}")).await;
        assert_eq!((sorted.status, sorted.text().as_str()), (200, NOBODY), "sorted by {field}");
        for operator in ["eq", "ne", "lt", "contains", "in"] {
            let query = format!("filterField={field}&filterOperator={operator}&filterValue=abc");
            let filtered = ada.get(&format!("/admin/list-users?{query}")).await;
            assert_eq!((filtered.status, filtered.text().as_str()), (200, NOBODY), "{query}");
        }
        let searched = ada.get(&format!("/admin/list-users?searchValue=a&searchField={field}")).await;
        assert_eq!(refusal(&searched), (400, "VALIDATION_ERROR".into()), "{field}");
    }
    for (name, value) in [("sortDirection", "asc; DROP"), ("filterOperator", "= 1 OR"), ("searchOperator", "like")] {
        let answer = ada.get(&format!("/admin/list-users?{name}={}", encoded(value))).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR".into()), "{name}");
    }
    assert_eq!(server.count("user").await, 2);
}

#[actix_web::test]
async fn t11_a_value_is_taken_letter_by_letter() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for (name, email) in
        [("100%", "percent@a.example"), ("a_b", "under@b.example"), ("a\\b", "back@c.example"), ("axb", "x@d.example")]
    {
        make(&mut ada, name, email, json!({})).await;
    }
    for operator in ["contains", "starts_with", "ends_with"] {
        let find = |value: &str| format!("searchField=name&searchOperator={operator}&searchValue={}", encoded(value));
        for nobodys in ["' OR '1'='1", "%%%%%%%%%%%%%%%%", "_____________", "A_B", "a%b", "[a-z]", "*"] {
            assert_eq!(names(&mut ada, &find(nobodys)).await, Vec::<String>::new(), "{operator} {nobodys}");
        }
        for whole in ["100%", "a_b", "a\\b"] {
            assert_eq!(names(&mut ada, &find(whole)).await, [whole], "{operator} {whole}");
        }
    }
    assert_eq!(names(&mut ada, "searchField=name&searchValue=_").await, ["a_b"]);
    assert_eq!(names(&mut ada, "searchField=name&searchValue=%25").await, ["100%"]);
    assert_eq!(names(&mut ada, "searchValue=example").await.len(), 5, "of the address, unless it says otherwise");
    let nul = ada.get("/admin/list-users?searchValue=%00").await;
    assert_eq!(refusal(&nul), (400, "VALIDATION_ERROR".into()));
    let nul = ada.get("/admin/list-users?filterValue=%00").await;
    assert_eq!(refusal(&nul), (400, "VALIDATION_ERROR".into()));
    let listed =
        ada.get(&format!("/admin/list-users?filterOperator=in&filterValue={}", encoded("[\"\\u0000\"]"))).await;
    assert_eq!(refusal(&listed), (400, "VALIDATION_ERROR".into()));
    assert!(listed.text().contains("filterValue"), "it is named: {listed:?}");
    let many = (0..101).map(|number| format!("filterValue={number}&")).collect::<String>();
    let answer = ada.get(&format!("/admin/list-users?{many}filterOperator=in")).await;
    assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR".into()));
}

#[actix_web::test]
async fn filters_compare_in_the_kind_of_their_field() {
    let toml = format!("{ENABLED}\n[user.additional_fields.age]\ntype = \"number\"\nrequired = false");
    let server = Server::with(&toml).await;
    let (mut ada, own) = member(&server, "Ada", "admin").await;
    let before = server.now();
    server.wait(60);
    make(&mut ada, "Bob", "bob@example.com", json!({"age": 9, "emailVerified": true})).await;
    server.wait(1);
    make(&mut ada, "Carol", "carol@example.com", json!({"age": 41, "banned": true, "banReason": "x"})).await;
    let moment = encoded(&before.plus_seconds(1).to_string());
    for (query, found) in [
        ("filterField=emailVerified&filterValue=true".to_owned(), vec!["Bob"]),
        ("filterField=banned&filterValue=true".to_owned(), vec!["Carol"]),
        ("filterField=banned&filterValue=perhaps".to_owned(), vec![]),
        ("filterField=age&filterOperator=gt&filterValue=10".to_owned(), vec!["Carol"]),
        ("filterField=age&filterOperator=lte&filterValue=9".to_owned(), vec!["Bob"]),
        ("filterField=age&filterOperator=contains&filterValue=9".to_owned(), vec![]),
        ("filterField=age&filterOperator=lt&filterValue=inf".to_owned(), vec![]),
        ("filterField=banned&filterOperator=lt&filterValue=true".to_owned(), vec![]),
        ("filterField=id&filterOperator=gte&filterValue=0".to_owned(), vec![]),
        ("filterField=name&filterOperator=in&filterValue=[]".to_owned(), vec![]),
        ("filterField=name&filterOperator=not_in&filterValue=[]".to_owned(), vec![]),
        (format!("filterField=createdAt&filterOperator=lt&filterValue={moment}"), vec!["Ada"]),
        (format!("filterField=createdAt&filterOperator=gte&filterValue={moment}"), vec!["Bob", "Carol"]),
        (format!("filterField=id&filterValue={own}"), vec!["Ada"]),
        ("filterField=name&filterOperator=in&filterValue=Bob&filterValue=Ada".to_owned(), vec!["Ada", "Bob"]),
        (
            format!("filterField=name&filterOperator=in&filterValue={}", encoded("[\"Bob\",\"Ada\"]")),
            vec!["Ada", "Bob"],
        ),
        ("filterField=name&filterOperator=not_in&filterValue=Bob&filterValue=Ada".to_owned(), vec!["Carol"]),
        ("filterField=name&filterOperator=starts_with&filterValue=C".to_owned(), vec!["Carol"]),
        ("searchValue=example.com&filterField=role&filterValue=admin".to_owned(), vec!["Ada"]),
        ("filterValue=bob@example.com".to_owned(), vec!["Bob"]),
        ("sortBy=age&sortDirection=desc".to_owned(), vec!["Ada", "Carol", "Bob"]),
        ("sortBy=age".to_owned(), vec!["Bob", "Carol", "Ada"]),
    ] {
        assert_eq!(names(&mut ada, &query).await, found, "{query}");
    }
    let several = ada.get("/admin/list-users?filterField=name&filterValue=a&filterValue=b").await;
    assert_eq!(refusal(&several), (400, "VALIDATION_ERROR".into()));
}

#[actix_web::test]
async fn pages_hold_each_user_once_and_count_all() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for number in 0..6 {
        make(&mut ada, "Bob", &format!("bob{number}@example.com"), json!({})).await;
    }
    for sort in ["", "sortBy=name&", "sortBy=createdAt&sortDirection=desc&", "sortBy=email&", "sortBy=role&"] {
        let mut seen = Vec::new();
        for offset in [0, 2, 4, 6] {
            let page = ada.get(&format!("/admin/list-users?{sort}limit=2&offset={offset}")).await.json();
            assert_eq!((&page["total"], &page["limit"]), (&json!(7), &json!(2)), "{sort}");
            assert_eq!(page.get("offset").is_some(), offset > 0, "what is 0 is not repeated");
            seen.extend(page["users"].as_array().unwrap().iter().map(|user| user["email"].to_string()));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7, "{sort}");
    }
    let beyond = ada.get("/admin/list-users?limit=2&offset=8").await.json();
    assert_eq!(beyond, json!({"users": [], "total": 7, "limit": 2, "offset": 8}));
    assert_eq!(ada.get("/admin/list-users?limit=5000").await.json()["limit"], 1000, "no page is larger");
    for limit in ["-1", "1&limit=2"] {
        let answer = ada.get(&format!("/admin/list-users?limit={limit}")).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR".into()), "{limit}");
    }
}

/// The first rows of an order are looked at before the whole table: a page is the same wherever its users stand.
#[actix_web::test]
async fn a_search_finds_the_same_users_at_the_beginning_and_at_the_end_of_an_order() {
    let server = Server::with(&format!("{TEXT_IDS}{ENABLED}")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let now = server.now();
    // The first three and the last ten have the text, and the role.
    let is_wanted = |number: i64| !(3..1010).contains(&number);
    let row = |number: i64| -> Vec<signet::store::Value> {
        let (name, domain, role) = match is_wanted(number) {
            true => (format!("wanted {number:04}"), "wanted", "rare"),
            false => (format!("{number:04}"), "example", "user"),
        };
        let (id, email) = (format!("id{number:04}"), format!("{number:04}@{domain}.com"));
        let (at, none) = (now.plus_seconds(number), None::<&str>);
        let fields: [signet::store::Value; 7] = [
            id.as_str().into(),
            name.as_str().into(),
            email.as_str().into(),
            true.into(),
            none.into(),
            at.into(),
            at.into(),
        ];
        let admin: [signet::store::Value; 4] =
            [role.into(), false.into(), none.into(), None::<signet::base::Timestamp>.into()];
        fields.into_iter().chain(admin).collect()
    };
    for some in 0..20 {
        let rows: Vec<_> = (some * 51..(some + 1) * 51).flat_map(row).collect();
        server.sql("INSERT INTO {+user*51}", &rows).await;
    }
    let first: Vec<i64> = (0..1020).filter(|number| is_wanted(*number)).collect();
    let last: Vec<i64> = first.iter().rev().copied().collect();
    for (search, sorts) in [
        ("searchField=name&searchValue=wanted", ["email", "name", "createdAt", "id", "role"]),
        ("searchField=name&searchValue=wan&searchOperator=starts_with", ["email", "name", "updatedAt", "id", "role"]),
        ("searchValue=wanted.com&searchOperator=ends_with", ["email", "name", "createdAt", "id", "role"]),
        ("filterField=role&filterValue=rare", ["email", "name", "createdAt", "id", "emailVerified"]),
    ] {
        for (sort, (direction, wanted)) in
            sorts.into_iter().flat_map(|sort| [("asc", &first), ("desc", &last)].map(|way| (sort, way)))
        {
            for (offset, limit) in [(0, 1), (2, 2), (8, 4), (11, 5)] {
                let query = format!("{search}&sortBy={sort}&sortDirection={direction}&offset={offset}&limit={limit}");
                let found = names(&mut ada, &query).await;
                let expected = wanted.iter().skip(offset).take(limit).map(|number| format!("wanted {number:04}"));
                assert_eq!(found, expected.collect::<Vec<_>>(), "{query}");
            }
        }
    }
    // Far down, where of those before only the order is read. Ada was there first.
    for (query, from) in [
        ("sortBy=email&offset=1002", 1002),
        ("sortBy=createdAt&offset=1003", 1002),
        ("sortBy=name&offset=1002", 1005),
        ("sortBy=updatedAt&offset=1003", 1002),
        ("sortBy=name&searchField=name&searchValue=wan&searchOperator=starts_with&offset=1000", 1020),
    ] {
        let found = names(&mut ada, &format!("{query}&limit=4")).await;
        let expected = (from..1020).take(4).map(|number| format!("{number:04}"));
        assert_eq!(found, expected.collect::<Vec<_>>(), "{query}");
    }
}

#[actix_web::test]
async fn what_an_index_counts_quickly_is_counted_each_time() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for (number, name) in ["Bob", "Carol", "Dan"].into_iter().enumerate() {
        make(&mut ada, name, &format!("{name}@example.com"), json!({})).await;
        assert_eq!(ada.get("/admin/list-users?limit=1").await.json()["total"], number + 2, "{name}");
    }
}

/// What is counted anew is counted beside the answers, and no count is older than ten seconds.
#[actix_web::test]
async fn a_count_is_renewed_while_somebody_turns_pages() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    make(&mut ada, "Bob 1", "bob1@example.com", json!({})).await;
    let query = "/admin/list-users?searchField=name&searchValue=Bob&limit=1";
    assert_eq!(ada.get(query).await.json()["total"], 1);
    make(&mut ada, "Bob 2", "bob2@example.com", json!({})).await;
    assert_eq!(ada.get(query).await.json()["total"], 1, "remembered");
    server.wait(5);
    assert_eq!(ada.get(query).await.json()["total"], 1, "answered at once, and counted beside");
    let asked = std::time::Instant::now();
    while ada.get(query).await.json()["total"] != 2 {
        assert!(asked.elapsed() < std::time::Duration::from_secs(60), "nobody counts");
    }
    make(&mut ada, "Bob 3", "bob3@example.com", json!({})).await;
    server.wait(10);
    assert_eq!(ada.get(query).await.json()["total"], 3, "too old to be told");
}

#[actix_web::test]
async fn t10_numbers_at_the_edge_are_bounded_or_refused_and_never_a_fault() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let edges =
        ["0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "1e9", "1.5", "NaN", "x", "%00"];
    for name in ["limit", "offset"] {
        for edge in edges {
            let answer = ada.get(&format!("/admin/list-users?{name}={edge}")).await;
            assert!([200, 400].contains(&answer.status), "{name}={edge}: {answer:?}");
            if answer.status == 200 {
                let limit = answer.json()["limit"].as_i64().unwrap_or_default();
                assert!(limit <= 1000, "{name}={edge}: {answer:?}");
                let offset = answer.json()["offset"].as_i64().unwrap_or_default();
                assert!(offset < 1 << 53, "a number that JavaScript can hold: {name}={edge}: {answer:?}");
            }
        }
    }
}
