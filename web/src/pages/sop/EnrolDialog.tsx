import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sops, type SOP, type SOPChoices } from '../../api/sops';
import { Field } from '../../ui/Field';
import { PeoplePicker, type PickedPerson } from '../../ui/PersonPicker';
import { useNotifyProblem } from '../../ui/ProblemView';
import { ChatPicker } from './Calendar';

/** Puts people, everybody of a segment, or a group into a series. */
export function EnrolDialog({ sop, choices, onClose }: { sop: SOP; choices?: SOPChoices; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [people, setPeople] = useState<PickedPerson[]>([]);
  const [segment, setSegment] = useState<string>();
  const [chat, setChat] = useState<string>();
  const enrol = useMutation({
    mutationFn: () => {
      const [account_id, chat_id] = chat ? (JSON.parse(chat) as [string, string]) : ['', ''];
      return sops.enrol(sop.id, { person_ids: people.map((p) => p.value), segment_id: segment ?? '', groups: chat ? [{ account_id, chat_id }] : [] });
    },
    onError: notify,
    onSuccess: async (done) => {
      message.success(done.later ? t('sop.enrolLater') : t('sop.enrolDone', { count: done.enrolled, passed: done.passed }));
      onClose();
      await Promise.all(['sop-enrolments', 'sop-steps', 'sop'].map((key) => queryClient.invalidateQueries({ queryKey: [key, sop.id] })));
    },
  });
  return (
    <Modal open title={t(sop.kind === 'person' ? 'sop.addPeople' : 'sop.addGroups')} okText={t('sop.enrol')} okButtonProps={{ disabled: people.length === 0 && !segment && !chat, loading: enrol.isPending }} onOk={() => enrol.mutate()} onCancel={onClose}>
      {sop.kind === 'person' ? (
        <>
          <Field label={t('sop.people')} help={t('sop.enrolHelp')}>
            {(id) => <PeoplePicker id={id} value={people} onChange={setPeople} most={100} />}
          </Field>
          <Field label={t('sop.orSegment')}>
            {(id) => <Select id={id} allowClear style={{ width: '100%' }} showSearch={{ optionFilterProp: 'label' }} value={segment} onChange={(v: string | undefined) => setSegment(v)} placeholder={t('sop.chooseSegment')} options={(choices?.segments ?? []).map((s) => ({ value: s.id, label: s.name }))} />}
          </Field>
        </>
      ) : (
        <Field label={t('sop.group')} help={t('sop.enrolGroupHelp')}>
          {() => <ChatPicker value={chat} onChange={setChat} label={t('sop.chooseGroup')} />}
        </Field>
      )}
    </Modal>
  );
}
