import { Select, type SelectProps } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import type { Subject } from '../../lib/segmentFields';
import { useNames } from './useNames';

const orders = ['orders', 'gmv', 'average_order', 'refunds', 'refunded', 'first_order', 'last_order'];

interface Choice {
  value: string;
  label: string;
  /** Everything by which it is found. */
  search: string;
  note?: string;
}

/** Everything that a condition can be about, grouped as people look for it. */
function useSubjects(v: SegmentVocabulary) {
  const { t } = useTranslation();
  const f = useFormat();
  const names = useNames(v);
  return useMemo(() => {
    const choice = (value: Subject, label: string, note = '', more = ''): Choice => ({ value, label, note, search: `${label} ${value} ${more}`.toLowerCase() });
    const fields = (pick: (name: string) => boolean) => v.fields.filter((x) => pick(x.name)).map((x) => choice(`field:${x.name}`, names.subject(`field:${x.name}`), '', x.label));
    const dates = [...v.fields.filter((x) => x.type === 'date').map((x) => `field:${x.name}`), ...v.traits.filter((x) => x.type === 'date').map((x) => `trait:${x.key}`)];
    const plain = (kind: string) => choice(kind, names.subject(kind));
    const groups: [string, Choice[]][] = [
      ['basics', fields((n) => !orders.includes(n) && !n.startsWith('rfm.'))],
      ['orders', fields((n) => orders.includes(n))],
      ['rfm', fields((n) => n.startsWith('rfm.'))],
      ['events', v.events.map((e) => choice(`event:${e.kind}`, names.event(e.kind), '', e.label))],
      ['tags', [plain('tag'), ...v.tags.map((x) => choice(`tag:${x.id}`, x.group ? `${x.group} / ${x.name}` : x.name, f.number(x.count), names.subject('tag')))]],
      ['traits', v.traits.map((x) => choice(`trait:${x.key}`, names.subject(`trait:${x.key}`)))],
      ['anniversary', dates.map((d) => choice(`anniversary:${d}`, names.subject(`anniversary:${d}`)))],
      ['reach', [plain('consent'), plain('reachable'), plain('identity')]],
      ['segments', v.segments.length > 0 ? [plain('segment'), ...v.segments.map((x) => choice(`segment:${x.id}`, x.name, x.size === null ? '' : f.number(x.size), names.subject('segment')))] : []],
      ['lists', v.lists.length > 0 ? [plain('list'), ...v.lists.map((x) => choice(`list:${x.id}`, x.name, x.size === null ? '' : f.number(x.size), names.subject('list')))] : []],
      ['other', [plain('random'), plain('everyone'), plain('nobody')]],
    ];
    return groups.filter(([, options]) => options.length > 0).map(([key, options]) => ({ label: t(`segments.pick.${key}`), title: key, options }));
  }, [v, t, f, names]);
}

interface Props {
  value: Subject;
  onChange: (subject: Subject) => void;
  vocabulary: SegmentVocabulary;
}

export function SubjectPicker({ value, onChange, vocabulary }: Props) {
  const { t } = useTranslation();
  const names = useNames(vocabulary);
  const options = useSubjects(vocabulary);
  const labelOf: SelectProps['labelRender'] = () => <span className="fp-seg-subject">{names.subject(value)}</span>;
  return (
    <Select<Subject>
      className="fp-seg-picker"
      variant="filled"
      value={value || undefined}
      defaultOpen={!value}
      onChange={onChange}
      options={options}
      showSearch={{
        filterOption: (input, option) => {
          const search = (option as Choice | undefined)?.search;
          return search !== undefined && input.toLowerCase().trim().split(/\s+/).every((word) => search.includes(word));
        },
      }}
      labelRender={labelOf}
      optionRender={(o) => (
        <span className="fp-seg-option">
          <span>{o.data.label}</span>
          {(o.data as Choice).note && <span className="fp-muted fp-num">{(o.data as Choice).note}</span>}
        </span>
      )}
      popupMatchSelectWidth={280}
      listHeight={380}
      placeholder={t('segments.pickSubject')}
      aria-label={t('segments.subjectLabel')}
    />
  );
}
