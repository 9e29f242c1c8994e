package insight

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/insight/figure"
)

// figures lists the numeric fields of an answer by their names in JSON.
func figures(t reflect.Type, prefix string, skip []string) (out []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() {
			continue
		}
		ft := f.Type
		for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if f.Anonymous {
			out = append(out, figures(ft, prefix, skip)...)
			continue
		}
		switch {
		case slices.Contains(skip, name):
		case ft == t || ft.PkgPath() == "time": // a path within a path says the same
		case ft.Kind() == reflect.Struct:
			out = append(out, figures(ft, prefix+"."+name, skip)...)
		case ft.Kind() == reflect.Int64 || ft.Kind() == reflect.Float64:
			out = append(out, prefix+"."+name)
		}
	}
	return out
}

// What an answer tells and nobody defined, or the other way round, is a
// mistake: of whoever added a figure, and of this list.
func TestEveryFigureHasADefinition(t *testing.T) {
	want := slices.Concat(
		figures(reflect.TypeFor[Overview](), "overview", []string{"previous"}),
		figures(reflect.TypeFor[Cohort](), "cohorts", []string{"offset"}),
		figures(reflect.TypeFor[Funnel](), "funnel", []string{"events"}),
		figures(reflect.TypeFor[RetentionRow](), "retention", nil),
		figures(reflect.TypeFor[PathNode](), "paths.next", []string{"next", "rest"}),
		[]string{"paths.persons", "paths.rest.ended", "paths.rest.others", "events.events"})
	var got []string
	for _, f := range slices.Concat(overviewFigures, stepFigures) {
		got = append(got, f.Key)
	}
	if err := figure.Check(Figures); err != nil {
		t.Error(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("defined\n%v\nanswered\n%v", got, want)
	}
}
