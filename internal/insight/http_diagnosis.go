package insight

import (
	"context"

	"fishpond/internal/insight/diagnosis"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

type questionView struct {
	Key     string   `json:"key"`
	Text    string   `json:"text"`
	Answers []string `json:"answers" nullable:"false" doc:"From the least to the most ready: 0 to 3"`
}

type partView struct {
	Key       string         `json:"key"`
	Text      string         `json:"text"`
	Questions []questionView `json:"questions" nullable:"false"`
}

type diagnosisIn struct {
	ID string `path:"id" maxLength:"64"`
}

type keepDiagnosisIn struct {
	Body struct {
		Name  string         `json:"name" minLength:"1" maxLength:"60"`
		Input DiagnosisInput `json:"input"`
	}
}

// diagnosisRoutes declares the endpoints of the self-diagnosis.
func (s *Service) diagnosisRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-diagnosis-questions", Method: "GET", Path: "/insight/diagnosis/questions", Tag: "insight", Permission: "insight.read",
		Summary: "The questionnaire of the self-diagnosis, in four parts"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[partView]], error) {
			lang := i18n.From(ctx)
			var out []partView
			for _, p := range diagnosis.Parts {
				v := partView{Key: p.Key, Text: p.Text.In(lang)}
				for _, q := range p.Questions {
					w := questionView{Key: q.Key, Text: q.Text.In(lang)}
					for _, a := range q.Answers {
						w.Answers = append(w.Answers, a.In(lang))
					}
					v.Questions = append(v.Questions, w)
				}
				out = append(out, v)
			}
			return httpx.OK(httpx.List[partView]{Items: out}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "forecast-diagnosis", Method: "POST", Path: "/insight/diagnosis/forecast", Tag: "insight", Permission: "insight.read",
		Summary: "How ready a brand is, and what a pool would cost and bring, with ranges; nothing is stored"},
		func(ctx context.Context, in *struct{ Body DiagnosisInput }) (*httpx.Body[DiagnosisForecast], error) {
			f, err := s.Diagnose(ctx, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(*f), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-diagnoses", Method: "GET", Path: "/insight/diagnoses", Tag: "insight", Permission: "insight.read",
		Summary: "Diagnoses that were kept, the newest first; 100 at most"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Diagnosis]], error) {
			all, err := s.Diagnoses(ctx)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[Diagnosis]{Items: all}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "keep-diagnosis", Method: "POST", Path: "/insight/diagnoses", Tag: "insight", Permission: "insight.keep", Status: 201, Summary: "Keep a diagnosis under a name"},
		func(ctx context.Context, in *keepDiagnosisIn) (*httpx.Body[Diagnosis], error) {
			d, err := s.KeepDiagnosis(ctx, in.Body.Name, in.Body.Input)
			if err != nil {
				return nil, err
			}
			return httpx.OK(*d), nil
		})
	httpx.Handle(r, httpx.Op{ID: "delete-diagnosis", Method: "DELETE", Path: "/insight/diagnoses/{id}", Tag: "insight", Permission: "insight.keep", Summary: "Delete a diagnosis"},
		func(ctx context.Context, in *diagnosisIn) (*struct{}, error) {
			return nil, s.DropDiagnosis(ctx, in.ID)
		})
}
