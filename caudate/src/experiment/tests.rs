use super::*;

/// A folder with an empty network file, so that paths exist.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.toml"), "").unwrap();
    folder
}

fn load(text: &str, overrides: &[&str]) -> Result<Experiment, String> {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    Experiment::from_toml(text.to_owned(), "experiment.toml", folder().path(), &overrides)
        .map_err(|error| error.to_string())
}

const SOUND: &str = r#"
name = "sound"
network = "network.toml"
chip = "tiny"
steps = 100

[[stimulus]]
kind = "poisson"
population = "in"
rate_per_step = 0.1
noise = { drop_probability = 0.5 }

[[stimulus]]
kind = "modulator"
channel = "dopamine"
amount = -20
period_steps = 10

[[probe]]
population = "exc"
"#;

#[test]
fn defaults_are_as_documented() {
    let sound = load(SOUND, &[]).unwrap();
    assert_eq!((sound.seed, sound.steps, sound.semantics), (1, Some(100), None));
    assert_eq!(sound.costs, DEFAULT_COSTS);
    assert_eq!(sound.probes[0].variables, None);
    assert_eq!(sound.probes[0].every_steps, 1);
    assert_eq!(sound.stimuli.len(), 2);
}

#[test]
fn an_override_sets_keys_that_are_and_are_not_in_the_file() {
    let set = load(
        SOUND,
        &[
            "steps=7",
            "semantics=lava",
            "stimulus.0.rate_per_step=1",
            "cost=loihi1-nahuku-fit",
            "seed=18446744073709551615",
        ],
    )
    .unwrap();
    assert_eq!((set.seed, set.steps, set.semantics), (u64::MAX, Some(7), Some(Semantics::Lava)));
    assert_eq!(set.costs, ["loihi1-nahuku-fit"]);
    let StimulusKind::Spikes { generator, .. } = &set.stimuli[0].kind else { panic!("spikes") };
    assert_eq!(*generator, caudate_sim::stimulus::Generator::Poisson { rate_per_step: 1.0 });
}

#[test]
fn an_unknown_override_is_refused_with_a_suggestion_and_shown() {
    let error = load(SOUND, &["stpes=7"]).unwrap_err();
    assert!(
        error.contains("unknown key `stpes`") && error.contains("did you mean `steps`?") && error.contains("--set:1:1"),
        "{error}"
    );
    let error = load(SOUND, &["stimulus.0.rate=0.5"]).unwrap_err();
    assert!(error.contains("unknown key `rate`"), "{error}");
    let error = load(SOUND, &["dopamine=global"]).unwrap_err();
    assert!(error.contains("no meaning without a [task]") && error.contains("dopamine=global"), "{error}");
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let bad = SOUND
        .replace("chip = \"tiny\"", "chpi = \"tiny\"")
        .replace("steps = 100", "steps = -3")
        .replace("rate_per_step = 0.1", "rate_per_step = nan")
        .replace("drop_probability = 0.5", "drop_probability = 1.5")
        .replace("amount = -20", "amount = 300");
    let error = load(&bad, &[]).unwrap_err();
    let expected = [
        "unknown key `chpi`",
        "did you mean `chip`?",
        "`steps` is -3; the range is 1..=4294967295",
        "experiment.toml:5:9",
        "`rate_per_step` is NaN; the range is 0..=1",
        "`drop_probability` is 1.5",
        "`amount` is 300; the range is -255..=255",
    ];
    for part in expected {
        assert!(error.contains(part), "{part} is missing from\n{error}");
    }
    assert!(!error.contains("`chip` is missing"), "a misspelt key is told once\n{error}");
    let error = load(&SOUND.replace("chip = \"tiny\"\n", ""), &[]).unwrap_err();
    assert!(error.contains("`chip` is missing"), "{error}");
}

#[test]
fn values_of_the_wrong_kind_and_missing_files_are_refused() {
    let cases = [
        ("steps=ten", "`steps` is the text \"ten\", not a whole number"),
        ("steps=nan", "`steps` is nan, not a whole number"),
        ("network=nowhere.toml", "there is no file"),
        ("network=.", "is a directory"),
        ("chip=nowhere.toml", "there is no file"),
        ("semantics=loihi", "did you mean 'loihi1'?"),
        ("stimulus.0.kind=poison", "did you mean \"poisson\"?"),
        ("probe.0.variables=[1]", "`variables`"),
        ("probe.0.neurons=[-1]", "`neurons` is -1"),
        ("probe.0.every_steps=0", "the range is 1..="),
        ("name=", "`name` is empty"),
        ("task=3", "`task` is 3, not a table"),
        ("cost=[1]", "`cost` is 1"),
    ];
    for (set, said) in cases {
        let error = load(SOUND, &[set]).unwrap_err();
        assert!(error.contains(said), "{set}: {error}");
    }
}

#[test]
fn a_population_has_one_probe() {
    let error = load(&format!("{SOUND}\n[[probe]]\npopulation = \"exc\"\n"), &[]).unwrap_err();
    assert!(error.contains("has two probes"), "{error}");
}

#[test]
fn a_problem_inside_the_task_is_shown_at_its_key() {
    let digits = include_str!("../../../examples/digits/experiment.toml");
    let cases = [
        ("task.rewrad=[1]", "--set:1:6", "did you mean `reward`?"),
        ("task.kind=clasify", "--set:1:11", "did you mean `classify`?"),
        ("task.presentation_steps=-1", "--set:1:25", "presentation_steps=-1"),
    ];
    for (set, place, said) in cases {
        let error = load(digits, &[set]).unwrap_err();
        assert!(error.contains(place) && error.contains(said), "{set}: {error}");
    }
}

#[test]
fn the_import_table_takes_the_options_of_the_command_line() {
    use caudate_core::neuron::ThresholdCompare;
    use caudate_mapper::import::{Options, nir::ResetChoice};
    let with = |table: &str| load(&format!("{SOUND}\n[import]\n{table}"), &[]);
    let read = with("dt_seconds = 1e-3\nreset = \"subtract\"\nscale = 64\nlenient = true\nfine_weights = true")
        .unwrap()
        .import;
    let wanted = Options {
        dt_seconds: Some(1e-3),
        reset: Some(ResetChoice::Subtract),
        scale: Some(64.0),
        lenient: true,
        fine_weights: true,
        ..Options::default()
    };
    assert_eq!(read, wanted);
    let read = with("compare = \"ge\"\nlayers = [2, 4]").unwrap().import;
    let compare = Some(ThresholdCompare::Ge);
    assert_eq!(read, Options { compare, layers: Some(2..=4), ..Options::default() });
    assert_eq!(with("layers = [3]").unwrap().import.layers, Some(3..=3));
    assert_eq!(load(SOUND, &["import.dt_seconds=0.5"]).unwrap().import.dt_seconds, Some(0.5));
    assert_eq!(load(SOUND, &[]).unwrap().import, Options::default());
    for (table, said) in [
        ("dt = 1e-4", "did you mean `dt_seconds`?"),
        ("dt_seconds = \"fast\"", "not a number of seconds"),
        ("reset = \"none\"", "known: auto, zero, subtract"),
        ("lenient = 1", "not true or false"),
        ("layers = [1, 2, 3]", "write [first, last]"),
        ("layers = \"1..2\"", "not a list of whole numbers"),
    ] {
        let error = with(table).unwrap_err();
        assert!(error.contains(said) && error.contains("experiment.toml:2"), "{table}: {error}");
    }
}
