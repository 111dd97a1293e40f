#include "discovery/containers.h"

#include <gtest/gtest.h>

#include "discovery/testing.h"

namespace weir::discovery {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOther = "01234fff89abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

std::string DockerInspect(const std::string& id) {
  return R"({"Id":")" + id + R"(","Name":"/web","Image":"sha256:aa","State":{"Status":"running","Pid":77},
    "GraphDriver":{"Data":{"MergedDir":"/var/lib/docker/overlay2/x/merged"}},"HostConfig":{"Privileged":true},
    "Config":{"Image":"nginx:1","Labels":{"io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop"}},
    "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],
    "9000/tcp":[{"HostIp":"127.0.0.1","HostPort":"9000"}],"443/tcp":null}}})";
}

TEST(Docker, InspectIsRead) {
  auto container = ParseDockerInspect(DockerInspect(kId));
  ASSERT_TRUE(container);
  EXPECT_EQ(container->name, "web");
  EXPECT_EQ(container->image, "nginx:1");
  EXPECT_EQ(container->image_id, "sha256:aa");
  EXPECT_EQ(container->pid, 77U);
  EXPECT_TRUE(container->privileged);
  EXPECT_EQ(container->root_path, "/var/lib/docker/overlay2/x/merged");
  EXPECT_EQ(container->pod_name, "web-0");
  EXPECT_EQ(container->pod_namespace, "shop");
  // Published on loopback is not published to the outside.
  EXPECT_EQ(container->published_ports, (std::vector<std::pair<std::uint16_t, std::uint16_t>>{{8080, 80}}));
}

TEST(Docker, MalformedAnswersAreErrors) {
  for (const char* text : {"", "{}", "[1]", "[{\"Id\":\"../../x\"}]", "[", "\"x\""})
    EXPECT_FALSE(ParseDockerList(text)) << text;
  for (const char* text : {"", "[]", "{}", "{\"Id\":1}"}) EXPECT_FALSE(ParseDockerInspect(text)) << text;
  EXPECT_EQ(ParseDockerList(std::string(100'000, '[')).error().code, Code::kLimitExceeded);
}

TEST(Docker, OneBadContainerDoesNotHideTheOthers) {
  SocketGet get = [](const std::string&, const std::string& path) -> Result<std::string> {
    if (path == "/containers/json") return R"([{"Id":")" + kId + R"("},{"Id":")" + kOther + R"("}])";
    if (path == "/containers/" + kOther + "/json") return DockerInspect(kOther);
    return Err(Code::kUnavailable, "broken");
  };
  std::vector<model::Container> out;
  std::vector<Error> errors;
  ListDocker({}, false, get, out, errors);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].id, kOther);
  EXPECT_EQ(errors.size(), 1U);
}

TEST(Podman, StorageStateIsReadWithoutTheService) {
  FakeHost host;
  std::string storage = "var/lib/containers/storage/overlay-containers/";
  FakeHost::Write(
      host.root() / (storage + "containers.json"),
      R"([{"id":")" + kId +
          R"(","names":["db"],"image":"bb","metadata":"{\"image-name\":\"localhost/bb:1\",\"name\":\"db\"}"},
                     {"id":")" +
          kOther + R"(","names":["old"],"image":"bb","metadata":""}])");
  FakeHost::Write(host.root() / (storage + kId + "/userdata/config.json"),
                  R"({"root":{"path":"/merged"},"annotations":{"io.podman.annotations.privileged":"TRUE"}})");
  FakeHost::Write(host.root() / ("run/containers/storage/overlay-containers/" + kId + "/userdata/pidfile"),
                  "55");
  auto folder = host.AddProcess(55, "sh", "/bin/sh", "sh");
  FakeHost::Write(folder / "cgroup", "0::/libpod_parent/libpod-" + kId + "\n");

  std::vector<Error> errors;
  auto running = ListContainers(host.options(), false, &errors);
  EXPECT_TRUE(errors.empty());
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].name, "db");
  EXPECT_EQ(running[0].image, "localhost/bb:1");
  EXPECT_EQ(running[0].pid, 55U);
  EXPECT_TRUE(running[0].privileged);
  EXPECT_EQ(running[0].root_path, folder / "root");
  EXPECT_EQ(ListContainers(host.options(), true, nullptr).size(), 2U);

  // A pid that was used again by something else is not the container's.
  FakeHost::Write(folder / "cgroup", "0::/libpod_parent/libpod-" + kOther + "\n");
  auto reused = FindContainer(host.options(), "podman", "db");
  ASSERT_TRUE(reused);
  EXPECT_EQ(reused->pid, 0U);
}

TEST(Podman, BrokenStateIsReported) {
  FakeHost host;
  FakeHost::Write(host.root() / "var/lib/containers/storage/overlay-containers/containers.json", "{not json");
  std::vector<Error> errors;
  EXPECT_TRUE(ListContainers(host.options(), true, &errors).empty());
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, Code::kMalformed);
}

TEST(Containerd, TasksAreReadFromTheirBundles) {
  FakeHost host;
  std::string bundle = "run/containerd/io.containerd.runtime.v2.task/k8s.io/" + kId;
  FakeHost::Write(host.root() / (bundle + "/init.pid"), "66");
  FakeHost::Write(
      host.root() / (bundle + "/config.json"),
      R"({"annotations":{"io.kubernetes.cri.container-name":"api","io.kubernetes.cri.sandbox-name":"api-1",
                      "io.kubernetes.cri.sandbox-namespace":"prod","io.kubernetes.cri.image-name":"api:2"}})");
  host.AddProcess(66, "api", "/api", "api");
  auto found = FindContainer(host.options(), "", kId.substr(0, 12));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->runtime, "containerd");
  EXPECT_EQ(found->name, "api");
  EXPECT_EQ(found->image, "api:2");
  EXPECT_EQ(found->pod_name, "api-1");
  EXPECT_EQ(found->pod_namespace, "prod");
}

TEST(Containerd, KubernetesDistributionsKeepTheirsElsewhere) {
  FakeHost host;
  std::string bundle = "run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" + kId;
  FakeHost::Write(host.root() / (bundle + "/init.pid"), "66");
  FakeHost::Write(host.root() / (bundle + "/config.json"),
                  R"({"annotations":{"io.kubernetes.cri.container-name":"api"}})");
  host.AddProcess(66, "api", "/api", "api");
  auto found = FindContainer(host.options(), "containerd", "api");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, kId);
}

TEST(CriO, ContainersInPodmansStorageAreToldApart) {
  FakeHost host;
  std::string storage = "var/lib/containers/storage/overlay-containers/";
  FakeHost::Write(
      host.root() / (storage + "containers.json"),
      R"([{"id":")" + kId + R"(","names":["k8s_api_api-1_prod_aaaa2b4a_0"],"image":"bb","metadata":"{}"}])");
  FakeHost::Write(
      host.root() / (storage + kId + "/userdata/config.json"),
      R"({"annotations":{"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.cri-o.KubeName":"api-1",
                      "io.kubernetes.cri-o.Namespace":"prod","io.kubernetes.container.name":"api",
                      "io.kubernetes.cri-o.ImageName":"registry.example.org/api:2"}})");
  auto all = ListContainers(host.options(), true, nullptr);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].runtime, "cri-o");
  EXPECT_EQ(all[0].name, "api");
  EXPECT_EQ(all[0].image, "registry.example.org/api:2");
  EXPECT_EQ(all[0].pod_name, "api-1");
  EXPECT_EQ(all[0].pod_namespace, "prod");
}

TEST(Containers, SeenOnlyInCgroupsAreListedToo) {
  FakeHost host;
  auto folder = host.AddProcess(10, "app", "/app", "app");
  FakeHost::Write(folder / "cgroup", "0::/system.slice/docker-" + kId + ".scope\n");
  auto all = ListContainers(host.options(), false, nullptr);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].runtime, "docker");
  EXPECT_EQ(all[0].pid, 10U);
  EXPECT_EQ(all[0].root_path, folder / "root");
}

TEST(FindContainer, RefusesAmbiguousPrefixesAndUnknownNames) {
  FakeHost host;
  FakeHost::Write(host.AddProcess(10, "a", "/a", "a") / "cgroup", "0::/docker/" + kId + "\n");
  FakeHost::Write(host.AddProcess(11, "b", "/b", "b") / "cgroup", "0::/docker/" + kOther + "\n");
  EXPECT_EQ(FindContainer(host.options(), "", "01234").error().code, Code::kInvalidArgument);
  EXPECT_EQ(FindContainer(host.options(), "", "nosuch").error().code, Code::kNotFound);
  EXPECT_EQ(FindContainer(host.options(), "podman", kId).error().code, Code::kNotFound);
  EXPECT_EQ(FindContainer(host.options(), "", "").error().code, Code::kInvalidArgument);
  EXPECT_TRUE(FindContainer(host.options(), "docker", "01234567"));
}

}  // namespace
}  // namespace weir::discovery
