import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Checkbox, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type Inside, type JourneyFull, type Spec } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { DataTable } from '../../../ui/DataTable';
import { Loading } from '../../../ui/Loading';
import { ProblemView } from '../../../ui/ProblemView';
import { stepOf } from '../model/edits';
import type { Words } from '../model/words';
import { TypedModal } from '../TypedModal';

interface Props {
  journey: JourneyFull;
  spec: Spec;
  revision: number;
  words: Words;
  problems: number;
  onClose: () => void;
}

/** What is drawn becomes what people walk: who comes in, and what becomes of those who are inside. */
export default function PublishDialog({ journey, spec, revision, words, problems, onClose }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [move, setMove] = useState(false);
  const [members, setMembers] = useState(false);
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const preview = useQuery({ queryKey: ['journey-publish', journey.id, revision, mapping], queryFn: () => journeys.previewPublish(journey.id, mapping), placeholderData: (before) => before, retry: false });
  const inside = preview.data?.inside ?? [];
  const people = inside.reduce((n, x) => n + x.people, 0);
  const entering = preview.data?.entering ?? 0;
  const again = journey.version > 0;
  // A step that nobody named is called by its kind; the server tells its id then.
  const nameOf = (x: Inside) => {
    const step = (journey.published && stepOf(journey.published, x.step)) || stepOf(spec, x.step);
    return x.name && x.name !== x.step ? x.name : step ? words.name(step) : x.step;
  };
  const publish = () =>
    journeys.publish(journey.id, { revision, move, mapping: move ? mapping : {}, take_members: members }).then(async (done) => {
      queries.setQueryData(['journey', journey.id], done);
      message.success(t('journeys.published'));
      onClose();
      await Promise.all(['journeys', 'journey-counts', 'journey-runs'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    });
  return (
    <TypedModal title={t(again ? 'journeys.publishAgainTitle' : 'journeys.publishTitle', { name: journey.name })} ok={t('journeys.publishNow')} name={journey.name} disabled={problems > 0 || !preview.data || (move && inside.some((x) => x.how === 'missing'))} width={people > 0 ? 760 : undefined} onClose={onClose} onOk={publish}>
      {problems > 0 && <Alert type="warning" showIcon title={t('journeys.mendFirst', { count: problems })} />}
      <p>{t(again ? 'journeys.publishAgainText' : 'journeys.publishText', { entry: words.entry(spec) })}</p>
      {preview.isError ? <ProblemView error={preview.error} onRetry={() => void preview.refetch()} /> : !preview.data ? <Loading rows={2} /> : null}
      {entering > 0 && spec.entry.kind === 'segment' && (
        <div>
          <Checkbox checked={members} onChange={(e) => setMembers(e.target.checked)}>
            {t('journeys.takeMembers', { count: entering })}
          </Checkbox>
          <div className="fp-muted fp-small">{t('journeys.takeMembersHelp')}</div>
        </div>
      )}
      {people > 0 && (
        <section aria-label={t('journeys.insideTitle', { count: people })}>
          <h3 className="fp-journey-h">{t('journeys.insideTitle', { count: people })}</h3>
          <Radio.Group value={move} onChange={(e) => setMove(e.target.value as boolean)} options={[{ value: false, label: t('journeys.insideStay') }, { value: true, label: t('journeys.insideMove') }]} />
          {move && (
            <DataTable<Inside>
              rowKey={(x) => `${x.version} ${x.step}`}
              label={t('journeys.mapping')}
              minWidth={600}
              dataSource={inside}
              columns={[
                {
                  key: 'from',
                  title: t('journeys.mapFrom'),
                  render: (_, x) => (
                    <>
                      {x.step ? nameOf(x) : t('journeys.beforeFirst')} <span className="fp-muted fp-small">{t('journeys.oldVersion', { n: x.version })}</span>
                    </>
                  ),
                },
                { key: 'people', title: t('journeys.mapPeople'), width: 70, align: 'right', render: (_, x) => <span className="fp-num">{f.number(x.people)}</span> },
                {
                  key: 'to',
                  title: t('journeys.mapTo'),
                  width: 220,
                  render: (_, x) =>
                    x.step && (
                      <Select
                        size="small"
                        className="fp-full"
                        aria-label={t('journeys.mappingOf', { name: nameOf(x) })}
                        value={mapping[x.step] ?? (stepOf(spec, x.step) ? x.step : '@stay')}
                        onChange={(to: string) => setMapping(({ [x.step]: _old, ...rest }) => (to === '@stay' || to === x.step ? rest : { ...rest, [x.step]: to === '@leave' ? '' : to }))}
                        labelRender={mapping[x.step] === '' ? () => t('journeys.mapLeave') : undefined}
                        options={[...(stepOf(spec, x.step) ? [] : [{ value: '@stay', label: t('journeys.how.missing') }]), ...spec.graph.steps.map((s) => ({ value: s.id, label: words.name(s) })), { value: '@leave', label: t('journeys.mapLeave') }]}
                      />
                    ),
                },
                { key: 'how', title: t('journeys.mapHow'), width: 150, render: (_, x) => x.how === 'missing' ? <span className="fp-no">{t('journeys.how.missing')}</span> : t(`journeys.how.${x.how}`) },
              ]}
            />
          )}
        </section>
      )}
    </TypedModal>
  );
}
