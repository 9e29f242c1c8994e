// Package surveyevent holds the events that surveys emit.
package surveyevent

// Kinds of events. A nameless answer has no person.
const (
	// Started: somebody has begun to answer.
	Started = "survey.started"
	// Answered: somebody has answered to the end, once for each response.
	Answered = "survey.answered"
	// Declined: somebody wants no more surveys.
	Declined = "survey.declined"
	// Retracted: a response was deleted and what it had changed taken back.
	Retracted = "survey.retracted"
)

// Survey is the data of survey.started, survey.declined and survey.retracted.
type Survey struct {
	SurveyID   string `json:"survey_id"`
	Name       string `json:"name"`
	ResponseID string `json:"response_id,omitempty"`
	Version    int64  `json:"version,omitempty"`
}

// Answer is one answer in words, short. Phone numbers are not among them.
type Answer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Response is the data of survey.answered.
type Response struct {
	Survey
	Score   *int     `json:"score,omitempty"` // on the first scale of 0–10, if there is one
	Answers []Answer `json:"answers"`
}
