import { DeleteOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Upload } from 'antd';
import { useTranslation } from 'react-i18next';
import { shares, type Share } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { CopyText } from '../acquisition/CopyText';
import { QrThumb } from '../acquisition/QrDialog';
import { CardVisitors } from './CardVisitors';
import { ShowcaseEditor } from './ShowcaseEditor';
import './card.css';

/** One's own business card: who one is, what stands on it, and who looked. */
export function CardTab() {
  const { t } = useTranslation();
  const may = useMay();
  const share = useQuery({ queryKey: ['card', 'share'], queryFn: () => shares.mine() });
  if (share.isError) return <ProblemView error={share.error} onRetry={() => void share.refetch()} />;
  if (share.isPending) return <Loading rows={8} />;
  return (
    <div className="fp-stack">
      <section className="fp-own-part fp-own-card">
        <Face share={share.data} />
        <Details share={share.data} />
      </section>
      <section className="fp-own-part">
        <h2>{t('card.onMine')}</h2>
        <p className="fp-muted">{t('card.onMineHelp')}</p>
        <ShowcaseEditor of="mine" />
      </section>
      {may('acquisition.write') && (
        <section className="fp-own-part">
          <h2>{t('card.onAll')}</h2>
          <p className="fp-muted">{t('card.onAllHelp')}</p>
          <ShowcaseEditor of="everyone" />
        </section>
      )}
      <section className="fp-own-part">
        <h2>{t('card.visitors')}</h2>
        <CardVisitors />
      </section>
    </div>
  );
}

function Face({ share }: { share: Share }) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const done = { onError: notify, onSuccess: (now: Share) => queryClient.setQueryData(['card', 'share'], now) };
  const put = useMutation({ mutationFn: shares.putPhoto, ...done });
  const remove = useMutation({ mutationFn: shares.deletePhoto, ...done });
  const c = share.card;
  return (
    <div className="fp-own-face">
      {c?.photo_url ? <img src={`${c.photo_url}?v=${c.version}`} alt={share.staff.name} width={96} height={96} /> : <span className="none">{share.staff.name.slice(0, 1)}</span>}
      <b>{share.staff.name}</b>
      <span className="fp-own-buttons">
        <Upload
          accept="image/png,image/jpeg"
          showUploadList={false}
          beforeUpload={(file) => {
            put.mutate(file);
            return false;
          }}
        >
          <Button size="small" icon={<UploadOutlined />} loading={put.isPending}>
            {t('card.photo')}
          </Button>
        </Upload>
        {c?.photo_url && <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('card.removePhoto')} title={t('card.removePhoto')} onClick={() => remove.mutate()} />}
      </span>
      {c && (
        <>
          <CopyText text={c.url} />
          <span className="fp-muted fp-small">{t('card.views', { count: c.views, number: f.number(c.views) })}</span>
          <a href={c.url} target="_blank" rel="noreferrer">
            {t('card.open')}
          </a>
        </>
      )}
      {share.code && <QrThumb kind="codes" id={share.code.id} name={share.staff.name} size={96} />}
    </div>
  );
}

interface Fields {
  title: string;
  phone: string;
  intro: string;
}

function Details({ share }: { share: Share }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const c = share.card;
  const save = useMutation({
    mutationFn: (v: Fields) => shares.putMine({ ...v, version: c?.version }),
    onError: (error) => {
      if (!showFieldErrors(form, error)) notify(error);
    },
    onSuccess: (now) => {
      queryClient.setQueryData(['card', 'share'], now);
      void message.success(t('card.saved'));
    },
  });
  return (
    <Form<Fields> form={form} layout="vertical" requiredMark={false} initialValues={{ title: c?.title ?? '', phone: c?.phone ?? '', intro: c?.intro ?? '' }} onFinish={(v) => save.mutate(v)}>
      <Form.Item name="title" label={t('card.title')}>
        <Input maxLength={40} placeholder={t('card.titleExample')} />
      </Form.Item>
      <Form.Item name="phone" label={t('card.phone')} extra={t('card.phoneHelp')}>
        <Input maxLength={30} inputMode="tel" />
      </Form.Item>
      <Form.Item name="intro" label={t('card.intro')}>
        <Input.TextArea autoSize={{ minRows: 3, maxRows: 6 }} maxLength={300} showCount />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t(c ? 'common.save' : 'card.make')}
      </Button>
    </Form>
  );
}
