import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type Options, type Spec } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { PeoplePicker, type PickedPerson } from '../../../ui/PersonPicker';
import { useNotifyProblem } from '../../../ui/ProblemView';
import { Choice, named } from '../forms/fields';
import { useRunWords } from './useRunWords';

/** Lets people, or everybody of a segment, into a journey. */
export function EnterDialog({ journey: j, spec, options, onClose }: { journey: JourneyFull; spec: Spec; options?: Options; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const why = useRunWords();
  const queries = useQueryClient();
  const [people, setPeople] = useState<PickedPerson[]>([]);
  const [segment, setSegment] = useState('');
  const [key, setKey] = useState('');
  const keyed = spec.frequency.kind === 'key';
  const enter = useMutation({
    mutationFn: async () => {
      if (people.length > 0) {
        const done = await journeys.enter(j.id, { person_ids: people.map((p) => p.value), ...(keyed ? { key } : {}) });
        message.success(t('journeys.live.enterDone', { count: done.entered }));
        const refused = done.refused ?? [];
        if (refused.length > 0) message.warning(t('journeys.live.enterRefused', { count: refused.length, why: [...new Set(refused.map((r) => why(r.why)))].join(t('common.listSeparator')) }));
      }
      if (segment) {
        await journeys.enterSegment(j.id, segment);
        message.success(t('journeys.live.enterLater'));
      }
    },
    onError: notify,
    onSuccess: async () => {
      onClose();
      await Promise.all([['journey', j.id], ['journey-counts', j.id], ['journey-runs', j.id]].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  return (
    <Modal open title={t('journeys.live.enterTitle', { name: j.name })} okText={t('journeys.live.enter')} okButtonProps={{ disabled: (people.length === 0 && !segment) || (keyed && key.trim() === ''), loading: enter.isPending }} onOk={() => enter.mutate()} onCancel={onClose}>
      <div className="fp-stack">
        <Field label={t('journeys.live.enterPeople')} help={t('journeys.live.enterHelp')}>
          {(id) => <PeoplePicker id={id} value={people} onChange={setPeople} most={100} label={t('journeys.live.enterPeople')} />}
        </Field>
        {keyed && <Field label={t('journeys.live.enterKey')} help={t('journeys.live.enterKeyHelp')}>{(id) => <Input id={id} value={key} maxLength={100} onChange={(e) => setKey(e.target.value)} />}</Field>}
        {!keyed && <Choice label={t('journeys.live.enterSegment')} value={segment} placeholder={t('journeys.chooseSegment')} disabled={false} clear options={named(options?.segments)} onChange={setSegment} />}
      </div>
    </Modal>
  );
}
