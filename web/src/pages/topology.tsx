export function TopologyPage() {
  return <div className="page" />;
}
