// Package survey asks a brand's people and turns their answers into what the
// brand knows of them: tags, traits, pain points, a remark.
//
// Owns the tables survey_survey, survey_version (what was published, for
// ever), survey_response and survey_claim (who has answered).
//
// Emits survey.started, survey.answered, survey.declined and
// survey.retracted. Follows nothing.
//
// Invariants:
//   - A response belongs to the version that was published when it began, and
//     is finished by that one.
//   - A response is finished once; what it changes of a person is changed in
//     the same transaction, and is kept with it so that it can be taken back.
//   - A person (or a browser, where nobody is asked who they are) answers a
//     survey once, unless the survey allows more: survey_claim is the judge.
//   - Only answers to questions that were shown in the end are kept.
package survey
