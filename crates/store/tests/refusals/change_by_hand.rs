use ringfence_store::Change;

fn cheat() -> Change<()> {
    Change { value: (), rows: Vec::new() }
}

fn main() {}
