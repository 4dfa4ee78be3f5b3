import { useQuery } from '@tanstack/react-query';
import { tagsQuery } from '@/api/tags';
import { conditionMessages } from '@/messages/alerting';

/** The names of tags by their ids. While they are loading no tag is said to be deleted. */
export function useTagName(): (id: number) => string {
  const { data } = useQuery(tagsQuery);
  return (id) => {
    if (!data) return `#${id}`;
    return data.find((tag) => tag.id === id)?.name ?? conditionMessages.deletedTag;
  };
}
