import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Alert, App, Button, Space, Typography, type FormInstance } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, remedy, type Problem } from '../api/problem';

function useWords() {
  const { t } = useTranslation();
  return useCallback(
    (p: Problem) => ({
      // The server's detail is the sentence that says what and why; its title only names the status.
      what:
        (p.status > 0 && (p.detail || p.title)) ||
        t(p.status === 0 ? 'problem.offline' : p.status === -1 ? 'problem.console' : 'problem.unknown'),
      why: p.status === -1 ? p.detail : p.status > 0 && !p.detail && !p.title ? t('problem.status', { status: p.status }) : '',
      now: t(`problem.now.${remedy(p)}`),
    }),
    [t],
  );
}

function Reason({ problem, now }: { problem: Problem; now?: string }) {
  const { t } = useTranslation();
  const words = useWords()(problem);
  return (
    <div className="fp-problem">
      {words.why && <div>{words.why}</div>}
      {problem.fields.length > 0 && (
        <ul>
          {problem.fields.slice(0, 5).map((f, i) => (
            <li key={i}>
              {f.location ? <code>{f.location.replace(/^(body|query|path)\./, '')}</code> : null} {f.message}
            </li>
          ))}
        </ul>
      )}
      <div>{now ?? words.now}</div>
      {problem.requestId && (
        <div className="fp-muted">
          {t('problem.requestId')}{' '}
          <Typography.Text code copyable>
            {problem.requestId}
          </Typography.Text>
        </div>
      )}
    </div>
  );
}

/**
 * An error in the place of what could not be shown: what, why, what now,
 * request id. A page that knows better what to do says so in now.
 */
export function ProblemView({ error, onRetry, now }: { error: unknown; onRetry?: () => void; now?: string }) {
  const { t } = useTranslation();
  const problem = asProblem(error);
  const words = useWords()(problem);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={words.what}
      description={<Reason problem={problem} now={now} />}
      action={
        onRetry && (
          <Button size="small" onClick={onRetry}>
            {t('common.retry')}
          </Button>
        )
      }
    />
  );
}

/** Says that an action failed, in a corner, without taking the page away. */
export function useNotifyProblem(): (error: unknown) => void {
  const { notification } = App.useApp();
  const words = useWords();
  return useCallback(
    (error) => {
      const problem = asProblem(error);
      notification.error({
        title: words(problem).what,
        description: <Reason problem={problem} />,
        duration: 8,
      });
    },
    [notification, words],
  );
}

/** Puts the server's field errors beside the fields; tells whether all found one. */
export function showFieldErrors(form: FormInstance, error: unknown): boolean {
  const { fields } = asProblem(error);
  const known = fields.filter((f) => {
    const name = f.location.replace(/^body\./, '');
    if (!form.getFieldInstance(name) && form.getFieldValue(name) === undefined) return false;
    form.setFields([{ name, errors: [f.message] }]);
    return true;
  });
  return known.length > 0 && known.length === fields.length;
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="fp-page">
      <ProblemView
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="fp-page">
      <Alert
        type="warning"
        showIcon
        title={t('problem.noPage')}
        description={
          <Space orientation="vertical">
            {t('problem.noPageWhy')}
            <Link to="/">{t('problem.home')}</Link>
          </Space>
        }
      />
    </div>
  );
}
