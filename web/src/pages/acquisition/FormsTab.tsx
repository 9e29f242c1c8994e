import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { forms as api, type Form as Thing } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { ProblemView } from '../../ui/ProblemView';
import { CodeField } from './CodeField';
import { CopyText } from './CopyText';
import { FormPreview } from './FormPreview';
import { ChannelField } from './LinksTab';
import { PathText } from './PathText';
import { PosterDialog } from './PosterDialog';
import { QrDialog, QrThumb } from './QrDialog';
import { RewardField } from './RewardField';
import { nestErrors } from './nestErrors';
import { ThingList, ThingStatus } from './ThingList';
import { useEnding } from './useEnding';

const purposes = ['marketing', 'service', 'profiling'] as const;

/** Forms for flyers and events: name and phone, with the customer's consent. */
export function FormsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const write = may('acquisition.write');
  const [editing, setEditing] = useState<Thing | 'new'>();
  const [looking, setLooking] = useState<Thing>();
  const [poster, setPoster] = useState<Thing>();
  const end = useEnding('forms', api.update);
  const actions = (x: Thing) =>
    write && (
      <span className="fp-row-actions">
        <Button size="small" onClick={() => setPoster(x)}>
          {t('poster.make')}
        </Button>
        <Button size="small" icon={<EditOutlined />} aria-label={t('catch.editOf', { name: x.name })} onClick={() => setEditing(x)} />
        <Button size="small" onClick={() => end(x)}>
          {t(x.status === 'active' ? 'catch.end' : 'catch.resume')}
        </Button>
      </span>
    );
  return (
    <>
      <ThingList<Thing>
        kind="forms"
        read={api.list}
        create={
          write && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('forms.create')}
            </Button>
          )
        }
        columns={[
          { key: 'qr', title: <span className="fp-hidden">{t('qr.picture')}</span>, width: 58, render: (_, x) => <QrThumb kind="forms" id={x.id} name={x.name} onClick={() => setLooking(x)} /> },
          {
            key: 'name',
            title: t('forms.name'),
            render: (_, x) => (
              <>
                <b>{x.name}</b> {x.status === 'ended' && <ThingStatus status={x.status} />}
                <CopyText text={x.url} />
              </>
            ),
          },
          { key: 'channel', title: t('catch.channel'), width: 210, render: (_, x) => <PathText path={x.channel_path} /> },
          { key: 'views', title: t('links.views'), width: 80, align: 'right', render: (_, x) => <span className="fp-num">{f.number(x.views)}</span> },
          {
            key: 'entries',
            title: t('forms.entries'),
            width: 110,
            align: 'right',
            render: (_, x) => (
              <span className="fp-num">
                {f.number(x.entries)}
                {x.views > 0 && <span className="fp-muted"> · {f.share(Math.min(1, x.entries / x.views), 0)}</span>}
              </span>
            ),
          },
          { key: 'actions', title: <span className="fp-hidden">{t('common.actions')}</span>, width: write ? 200 : 1, align: 'right', render: (_, x) => actions(x) },
        ]}
        card={(x) => (
          <>
            <span className="fp-card-line">
              <b>{x.name}</b>
              <ThingStatus status={x.status} />
            </span>
            <CopyText text={x.url} />
            <span className="fp-card-line fp-small">
              <PathText path={x.channel_path} />
              <span>
                {t('forms.entries')} {f.number(x.entries)}
              </span>
            </span>
            {actions(x)}
          </>
        )}
      />
      {editing && <FormDialog form={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {looking && <QrDialog kind="forms" id={looking.id} name={looking.name} url={looking.url} onClose={() => setLooking(undefined)} />}
      {poster && <PosterDialog kind="forms" id={poster.id} name={poster.name} onClose={() => setPoster(undefined)} />}
    </>
  );
}

interface Fields {
  name: string;
  channel_id: string;
  spec: Thing['spec'];
}

function FormDialog({ form: x, onClose }: { form?: Thing; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const spec = Form.useWatch('spec', form);
  const needed = [{ required: true, whitespace: true, message: t('field.required') }];
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const body = { name: v.name.trim(), channel_id: v.channel_id ?? '', spec: { ...v.spec, code_id: v.spec.code_id || undefined, reward_id: v.spec.reward_id || undefined } };
      return x ? api.update(x.id, { ...body, version: x.version }) : api.create(body);
    },
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['forms'] });
    },
    onError: (e) => nestErrors(form, e),
  });
  return (
    <Modal open width={820} title={x ? t('catch.editOf', { name: x.name }) : t('forms.create')} onCancel={onClose} okText={x ? t('common.save') : t('common.create')} okButtonProps={{ loading: save.isPending }} onOk={form.submit}>
      <div className="fp-with-preview">
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ name: x?.name ?? '', channel_id: x?.channel_id ?? '', spec: x?.spec ?? { title: '', text: '', consent: t('forms.consentStart'), purpose: 'marketing', thanks: '', code_id: '', reward_id: '' } }}
          onFinish={(v) => save.mutate(v)}
        >
          {save.isError && <ProblemView error={save.error} />}
          <Form.Item name="name" label={t('forms.name')} extra={t('forms.nameHelp')} rules={needed}>
            <Input autoFocus maxLength={60} />
          </Form.Item>
          <Form.Item name="channel_id" label={t('catch.channel')}>
            <ChannelField />
          </Form.Item>
          <Form.Item name={['spec', 'title']} label={t('forms.title')} rules={needed}>
            <Input maxLength={60} placeholder={t('forms.titleExample')} />
          </Form.Item>
          <Form.Item name={['spec', 'text']} label={t('forms.text')}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
          </Form.Item>
          <Form.Item name={['spec', 'consent']} label={t('forms.consent')} extra={t('forms.consentHelp')} rules={needed}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} />
          </Form.Item>
          {x && spec?.consent !== undefined && spec.consent !== x.spec.consent && <Alert className="fp-section-note" type="info" showIcon title={t('forms.consentChanged')} />}
          <Form.Item name={['spec', 'purpose']} label={t('forms.purpose')}>
            <Select options={purposes.map((p) => ({ value: p, label: t(`consent.purpose.${p}`) }))} />
          </Form.Item>
          <Form.Item name={['spec', 'thanks']} label={t('forms.thanks')}>
            <Input maxLength={500} placeholder={t('forms.thanksExample')} />
          </Form.Item>
          <Form.Item name={['spec', 'code_id']} label={t('forms.code')}>
            <CodeField />
          </Form.Item>
          <Form.Item name={['spec', 'reward_id']} label={t('cards.reward')}>
            <RewardField conditions={['form_filled']} />
          </Form.Item>
        </Form>
        {spec && <FormPreview title={spec.title} text={spec.text} consent={spec.consent} />}
      </div>
    </Modal>
  );
}
