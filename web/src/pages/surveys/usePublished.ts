import { useMutation, useQuery } from '@tanstack/react-query';
import { surveys } from '../../api/surveys';
import { useMay } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';

/** The surveys that can be sent now, and the address at which one person answers one. */
export function usePublished(wanted: boolean) {
  const may = useMay();
  const notify = useNotifyProblem();
  const allowed = may('survey.read') && may('survey.share');
  const list = useQuery({ queryKey: ['surveys', 'published'], queryFn: () => surveys.list({ status: 'published', limit: 100 }), enabled: allowed && wanted, staleTime: 60_000 });
  const link = useMutation({
    mutationFn: async ({ survey, person }: { survey: string; person: string }) => (await surveys.links(survey, [person])).items?.[0]?.url ?? '',
    onError: notify,
  });
  return { allowed, list, link };
}
