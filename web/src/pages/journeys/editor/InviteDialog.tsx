import { useQuery } from '@tanstack/react-query';
import { Alert, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codes } from '../../../api/acquisition';
import type { Step } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { Loading } from '../../../ui/Loading';
import { ProblemView } from '../../../ui/ProblemView';
import { invitation } from '../model/invite';

interface Props {
  /** Two ids that no step has. */
  ids: () => [string, string];
  onPut: (steps: Step[]) => void;
  onClose: () => void;
}

/** Chooses the group by its live code, and puts the message and the wait. */
export default function InviteDialog({ ids, onPut, onClose }: Props) {
  const { t } = useTranslation();
  const [id, setId] = useState<string>();
  const offered = useQuery({ queryKey: ['codes', 'offered'], queryFn: codes.offered, staleTime: 60_000 });
  // Who came by a code is told where the platform made its picture: over an account, and not one of the group's own.
  const groups = (offered.data ?? []).filter((c) => c.kind === 'group' && c.account_id && !c.expired && !c.chats?.some((g) => g.qr_url));
  const chosen = groups.find((c) => c.id === id);
  const put = () => {
    if (!chosen) return;
    onPut(invitation(chosen, { text: t('journeys.invite.text', { url: chosen.page_url, name: `{{ name | default "${t('journeys.invite.friend')}" }}` }), send: t('journeys.invite.send', { group: chosen.name }), wait: t('journeys.invite.wait'), came: t('journeys.invite.came') }, ids()));
    onClose();
  };
  return (
    <Modal open title={t('journeys.invite.title')} okText={t('journeys.invite.put')} okButtonProps={{ disabled: !chosen }} onOk={put} onCancel={onClose}>
      <p>{t('journeys.invite.about')}</p>
      {offered.isPending ? <Loading rows={1} /> : offered.isError ? <ProblemView error={offered.error} onRetry={() => void offered.refetch()} /> : groups.length === 0 ? <Alert type="info" showIcon title={t('journeys.invite.none')} /> : null}
      {groups.length > 0 && (
        <Field label={t('journeys.invite.code')}>
          {(field) => <Select<string> id={field} className="fp-full" value={id} showSearch={{ optionFilterProp: 'label' }} aria-label={t('journeys.invite.code')} placeholder={t('journeys.invite.choose')} options={groups.map((c) => ({ value: c.id, label: c.name }))} onChange={setId} />}
        </Field>
      )}
      {chosen?.blocked === 'full' && <Alert type="warning" showIcon title={t('journeys.invite.full')} />}
    </Modal>
  );
}
