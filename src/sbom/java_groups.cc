#include "sbom/java_groups.h"

#include <algorithm>
#include <iterator>

#include "base/strings.h"

namespace weir::sbom {
namespace {

struct Row {
  std::string_view artifact, group;
};

// Sorted by artifact: looked up by binary search.
constexpr Row kExact[] = {
    {"accessors-smart", "net.minidev"},
    {"activemq-all", "org.apache.activemq"},
    {"activemq-broker", "org.apache.activemq"},
    {"activemq-client", "org.apache.activemq"},
    {"activemq-openwire-legacy", "org.apache.activemq"},
    {"annotations-api", "org.apache.tomcat"},
    {"ant", "org.apache.ant"},
    {"antlr", "antlr"},
    {"antlr-runtime", "org.antlr"},
    {"antlr4-runtime", "org.antlr"},
    {"aopalliance", "aopalliance"},
    {"aspectjrt", "org.aspectj"},
    {"aspectjtools", "org.aspectj"},
    {"aspectjweaver", "org.aspectj"},
    {"async-http-client", "org.asynchttpclient"},
    {"avro", "org.apache.avro"},
    {"axis", "org.apache.axis"},
    {"backport-util-concurrent", "backport-util-concurrent"},
    {"bcmail-jdk15on", "org.bouncycastle"},
    {"bcpg-jdk15on", "org.bouncycastle"},
    {"bcpkix-fips", "org.bouncycastle"},
    {"bcpkix-jdk15on", "org.bouncycastle"},
    {"bcpkix-jdk18on", "org.bouncycastle"},
    {"bcprov-ext-jdk15on", "org.bouncycastle"},
    {"bcprov-jdk14", "org.bouncycastle"},
    {"bcprov-jdk15on", "org.bouncycastle"},
    {"bcprov-jdk15to18", "org.bouncycastle"},
    {"bcprov-jdk16", "org.bouncycastle"},
    {"bcprov-jdk18on", "org.bouncycastle"},
    {"bctls-jdk18on", "org.bouncycastle"},
    {"bcutil-jdk18on", "org.bouncycastle"},
    {"bsh", "org.apache-extras.beanshell"},
    {"byte-buddy", "net.bytebuddy"},
    {"c3p0", "com.mchange"},
    {"cassandra-all", "org.apache.cassandra"},
    {"cglib", "cglib"},
    {"checker-compat-qual", "org.checkerframework"},
    {"checker-qual", "org.checkerframework"},
    {"classworlds", "classworlds"},
    {"clojure", "org.clojure"},
    {"commons-beanutils", "commons-beanutils"},
    {"commons-cli", "commons-cli"},
    {"commons-codec", "commons-codec"},
    {"commons-collections", "commons-collections"},
    {"commons-collections4", "org.apache.commons"},
    {"commons-compress", "org.apache.commons"},
    {"commons-configuration", "commons-configuration"},
    {"commons-configuration2", "org.apache.commons"},
    {"commons-dbcp", "commons-dbcp"},
    {"commons-dbcp2", "org.apache.commons"},
    {"commons-digester", "commons-digester"},
    {"commons-email", "org.apache.commons"},
    {"commons-fileupload", "commons-fileupload"},
    {"commons-httpclient", "commons-httpclient"},
    {"commons-io", "commons-io"},
    {"commons-jxpath", "commons-jxpath"},
    {"commons-lang", "commons-lang"},
    {"commons-lang3", "org.apache.commons"},
    {"commons-logging", "commons-logging"},
    {"commons-net", "commons-net"},
    {"commons-pool", "commons-pool"},
    {"commons-pool2", "org.apache.commons"},
    {"commons-text", "org.apache.commons"},
    {"commons-validator", "commons-validator"},
    {"derby", "org.apache.derby"},
    {"dom4j", "org.dom4j"},
    {"druid", "com.alibaba"},
    {"ehcache", "org.ehcache"},
    {"elasticsearch", "org.elasticsearch"},
    {"elasticsearch-core", "org.elasticsearch"},
    {"elasticsearch-x-content", "org.elasticsearch"},
    {"error_prone_annotations", "com.google.errorprone"},
    {"esapi", "org.owasp.esapi"},
    {"fastjson", "com.alibaba"},
    {"flatbuffers-java", "com.google.flatbuffers"},
    {"fop", "org.apache.xmlgraphics"},
    {"freemarker", "org.freemarker"},
    {"graphql-java", "com.graphql-java"},
    {"grpc-core", "io.grpc"},
    {"grpc-netty", "io.grpc"},
    {"grpc-netty-shaded", "io.grpc"},
    {"grpc-protobuf", "io.grpc"},
    {"gson", "com.google.code.gson"},
    {"guava", "com.google.guava"},
    {"h2", "com.h2database"},
    {"hamcrest", "org.hamcrest"},
    {"hamcrest-all", "org.hamcrest"},
    {"hamcrest-core", "org.hamcrest"},
    {"hamcrest-library", "org.hamcrest"},
    {"hazelcast", "com.hazelcast"},
    {"hazelcast-all", "com.hazelcast"},
    {"hibernate-commons-annotations", "org.hibernate.common"},
    {"hibernate-jpa-2.1-api", "org.hibernate.javax.persistence"},
    {"hsqldb", "org.hsqldb"},
    {"httpclient", "org.apache.httpcomponents"},
    {"httpcore", "org.apache.httpcomponents"},
    {"itextpdf", "com.itextpdf"},
    {"javassist", "org.javassist"},
    {"javax.faces", "org.glassfish"},
    {"javax.inject", "javax.inject"},
    {"javax.servlet-api", "javax.servlet"},
    {"jaxen", "jaxen"},
    {"jbossweb", "org.jboss.web"},
    {"jcommander", "com.beust"},
    {"jdom", "org.jdom"},
    {"jdom2", "org.jdom"},
    {"jedis", "redis.clients"},
    {"jgroups", "org.jgroups"},
    {"jline", "org.jline"},
    {"jna", "net.java.dev.jna"},
    {"jna-platform", "net.java.dev.jna"},
    {"joda-time", "joda-time"},
    {"jruby", "org.jruby"},
    {"jsch", "com.jcraft"},
    {"json", "org.json"},
    {"json-path", "com.jayway.jsonpath"},
    {"json-smart", "net.minidev"},
    {"jsoup", "org.jsoup"},
    {"jsp-api", "javax.servlet.jsp"},
    {"jsr250-api", "javax.annotation"},
    {"jsr305", "com.google.code.findbugs"},
    {"jstl", "javax.servlet"},
    {"junit", "junit"},
    {"jython-standalone", "org.python"},
    {"kryo", "com.esotericsoftware"},
    {"kryo-shaded", "com.esotericsoftware"},
    {"lettuce-core", "io.lettuce"},
    {"liquibase-core", "org.liquibase"},
    {"log4j", "log4j"},
    {"log4j-1.2-api", "org.apache.logging.log4j"},
    {"log4j-api", "org.apache.logging.log4j"},
    {"log4j-core", "org.apache.logging.log4j"},
    {"log4j-slf4j-impl", "org.apache.logging.log4j"},
    {"log4j-web", "org.apache.logging.log4j"},
    {"logback-access", "ch.qos.logback"},
    {"logback-classic", "ch.qos.logback"},
    {"logback-core", "ch.qos.logback"},
    {"lombok", "org.projectlombok"},
    {"lz4-java", "org.lz4"},
    {"mariadb-java-client", "org.mariadb.jdbc"},
    {"mssql-jdbc", "com.microsoft.sqlserver"},
    {"mxparser", "io.github.x-stream"},
    {"mybatis", "org.mybatis"},
    {"mysql-connector-j", "com.mysql"},
    {"mysql-connector-java", "mysql"},
    {"neko-htmlunit", "net.sourceforge.htmlunit"},
    {"nekohtml", "net.sourceforge.nekohtml"},
    {"nimbus-jose-jwt", "com.nimbusds"},
    {"ognl", "ognl"},
    {"ojdbc8", "com.oracle.database.jdbc"},
    {"okhttp", "com.squareup.okhttp3"},
    {"okio", "com.squareup.okio"},
    {"okio-jvm", "com.squareup.okio"},
    {"oro", "oro"},
    {"oshi-core", "com.github.oshi"},
    {"parquet-avro", "org.apache.parquet"},
    {"pdfbox", "org.apache.pdfbox"},
    {"poi", "org.apache.poi"},
    {"poi-ooxml", "org.apache.poi"},
    {"poi-ooxml-schemas", "org.apache.poi"},
    {"poi-scratchpad", "org.apache.poi"},
    {"postgresql", "org.postgresql"},
    {"protobuf-java", "com.google.protobuf"},
    {"protobuf-java-util", "com.google.protobuf"},
    {"quartz", "org.quartz-scheduler"},
    {"reactor-core", "io.projectreactor"},
    {"reactor-netty", "io.projectreactor.netty"},
    {"reactor-netty-core", "io.projectreactor.netty"},
    {"reactor-netty-http", "io.projectreactor.netty"},
    {"redisson", "org.redisson"},
    {"retrofit", "com.squareup.retrofit2"},
    {"rhino", "org.mozilla"},
    {"rxjava", "io.reactivex.rxjava2"},
    {"servlet-api", "javax.servlet"},
    {"shiro-core", "org.apache.shiro"},
    {"shiro-web", "org.apache.shiro"},
    {"slf4j-api", "org.slf4j"},
    {"slf4j-log4j12", "org.slf4j"},
    {"snakeyaml", "org.yaml"},
    {"snappy-java", "org.xerial.snappy"},
    {"solr-core", "org.apache.solr"},
    {"solr-solrj", "org.apache.solr"},
    {"spring", "org.springframework"},
    {"spring-amqp", "org.springframework.amqp"},
    {"spring-aop", "org.springframework"},
    {"spring-aspects", "org.springframework"},
    {"spring-beans", "org.springframework"},
    {"spring-context", "org.springframework"},
    {"spring-context-indexer", "org.springframework"},
    {"spring-context-support", "org.springframework"},
    {"spring-core", "org.springframework"},
    {"spring-expression", "org.springframework"},
    {"spring-instrument", "org.springframework"},
    {"spring-integration-core", "org.springframework.integration"},
    {"spring-jcl", "org.springframework"},
    {"spring-jdbc", "org.springframework"},
    {"spring-jms", "org.springframework"},
    {"spring-kafka", "org.springframework.kafka"},
    {"spring-messaging", "org.springframework"},
    {"spring-orm", "org.springframework"},
    {"spring-oxm", "org.springframework"},
    {"spring-r2dbc", "org.springframework"},
    {"spring-rabbit", "org.springframework.amqp"},
    {"spring-retry", "org.springframework.retry"},
    {"spring-test", "org.springframework"},
    {"spring-tx", "org.springframework"},
    {"spring-web", "org.springframework"},
    {"spring-webflow", "org.springframework.webflow"},
    {"spring-webflux", "org.springframework"},
    {"spring-webmvc", "org.springframework"},
    {"spring-webmvc-portlet", "org.springframework"},
    {"spring-websocket", "org.springframework"},
    {"sqlite-jdbc", "org.xerial"},
    {"standard", "taglibs"},
    {"stax2-api", "org.codehaus.woodstox"},
    {"struts", "struts"},
    {"struts2-core", "org.apache.struts"},
    {"swagger-ui", "org.webjars"},
    {"tika-core", "org.apache.tika"},
    {"tika-parsers", "org.apache.tika"},
    {"tomcat", "org.apache.tomcat"},
    {"undertow-core", "io.undertow"},
    {"undertow-servlet", "io.undertow"},
    {"velocity", "org.apache.velocity"},
    {"velocity-engine-core", "org.apache.velocity"},
    {"vertx-core", "io.vertx"},
    {"vertx-web", "io.vertx"},
    {"woodstox-core", "com.fasterxml.woodstox"},
    {"wss4j", "org.apache.ws.security"},
    {"xalan", "xalan"},
    {"xercesImpl", "xerces"},
    {"xml-apis", "xml-apis"},
    {"xmlbeans", "org.apache.xmlbeans"},
    {"xmlsec", "org.apache.santuario"},
    {"xstream", "com.thoughtworks.xstream"},
    {"zookeeper", "org.apache.zookeeper"},
};

// First match wins: the longer of two prefixes comes first.
constexpr Row kPrefixes[] = {
    {"spring-boot", "org.springframework.boot"},
    {"spring-security-oauth2-authorization-server", "org.springframework.security"},
    {"spring-security", "org.springframework.security"},
    {"spring-cloud-", "org.springframework.cloud"},
    {"spring-data-", "org.springframework.data"},
    {"spring-session-", "org.springframework.session"},
    {"spring-integration-", "org.springframework.integration"},
    {"spring-batch-", "org.springframework.batch"},
    {"spring-ws-", "org.springframework.ws"},
    {"spring-ldap-", "org.springframework.ldap"},
    {"spring-hateoas", "org.springframework.hateoas"},
    {"tomcat-embed-", "org.apache.tomcat.embed"},
    {"tomcat-", "org.apache.tomcat"},
    {"jetty-", "org.eclipse.jetty"},
    {"netty-", "io.netty"},
    {"kafka-", "org.apache.kafka"},
    {"kafka_", "org.apache.kafka"},
    {"lucene-", "org.apache.lucene"},
    {"elasticsearch-rest-", "org.elasticsearch.client"},
    {"kotlin-", "org.jetbrains.kotlin"},
    {"kotlinx-coroutines-", "org.jetbrains.kotlinx"},
    {"scala-", "org.scala-lang"},
    {"akka-http", "com.typesafe.akka"},
    {"akka-", "com.typesafe.akka"},
    {"jackson-dataformat-", "com.fasterxml.jackson.dataformat"},
    {"jackson-datatype-", "com.fasterxml.jackson.datatype"},
    {"jackson-module-", "com.fasterxml.jackson.module"},
    {"jackson-jaxrs-", "com.fasterxml.jackson.jaxrs"},
    {"jackson-", "com.fasterxml.jackson.core"},
    {"cxf-", "org.apache.cxf"},
    {"camel-", "org.apache.camel"},
    {"batik-", "org.apache.xmlgraphics"},
    {"hadoop-", "org.apache.hadoop"},
    {"spark-", "org.apache.spark"},
    {"flink-", "org.apache.flink"},
    {"opensaml-", "org.opensaml"},
    {"dubbo", "org.apache.dubbo"},
    {"micrometer-", "io.micrometer"},
    {"resteasy-", "org.jboss.resteasy"},
    {"keycloak-", "org.keycloak"},
    {"pulsar-", "org.apache.pulsar"},
    {"jersey-", "org.glassfish.jersey.core"},
    {"selenium-", "org.seleniumhq.selenium"},
    {"log4j-", "org.apache.logging.log4j"},
};

struct TomcatRow {
  std::string_view stem, artifact;
};
constexpr TomcatRow kTomcat[] = {
    {"annotations-api", "tomcat-annotations-api"},
    {"catalina", "tomcat-catalina"},
    {"catalina-ant", "tomcat-catalina-ant"},
    {"catalina-ha", "tomcat-catalina-ha"},
    {"catalina-ssi", "tomcat-ssi"},
    {"catalina-storeconfig", "tomcat-storeconfig"},
    {"catalina-tribes", "tomcat-tribes"},
    {"el-api", "tomcat-el-api"},
    {"jasper", "tomcat-jasper"},
    {"jasper-el", "tomcat-jasper-el"},
    {"jaspic-api", "tomcat-jaspic-api"},
    {"jsp-api", "tomcat-jsp-api"},
    {"servlet-api", "tomcat-servlet-api"},
    {"websocket-api", "tomcat-websocket-api"},
    {"websocket-client-api", "tomcat-websocket-client-api"},
};

constexpr bool Sorted() {
  for (std::size_t i = 1; i < std::size(kExact); ++i)
    if (kExact[i].artifact <= kExact[i - 1].artifact) return false;
  return true;
}
static_assert(Sorted(), "the table must be sorted and without duplicates");

std::uint64_t Major(std::string_view version) {
  return ParseUint(version.substr(0, version.find('.'))).value_or(0);
}

/// Projects whose group changed with a major version.
std::string_view MovedGroup(std::string_view artifact, std::string_view version) {
  if (artifact == "groovy" || artifact.starts_with("groovy-"))
    return Major(version) >= 4 ? "org.apache.groovy" : "org.codehaus.groovy";
  if (artifact == "hibernate-validator")
    return Major(version) >= 6 ? "org.hibernate.validator" : "org.hibernate";
  if (artifact == "hibernate-core" || artifact == "hibernate-envers" || artifact == "hibernate-c3p0")
    return Major(version) >= 6 ? "org.hibernate.orm" : "org.hibernate";
  if (artifact.starts_with("hibernate-search-"))
    return Major(version) >= 6 ? "org.hibernate.search" : "org.hibernate";
  if (artifact == "asm" || artifact.starts_with("asm-")) return Major(version) >= 4 ? "org.ow2.asm" : "asm";
  if (artifact == "hibernate-entitymanager" || artifact == "hibernate-ehcache") return "org.hibernate";
  if (artifact == "httpclient5" || artifact == "httpclient5-fluent")
    return "org.apache.httpcomponents.client5";
  if (artifact == "httpcore5" || artifact == "httpcore5-h2") return "org.apache.httpcomponents.core5";
  return {};
}

}  // namespace

std::string_view KnownGroup(std::string_view artifact, std::string_view version) {
  if (std::string_view group = MovedGroup(artifact, version); !group.empty()) return group;
  const Row* at = std::lower_bound(std::begin(kExact), std::end(kExact), artifact,
                                   [](const Row& row, std::string_view name) { return row.artifact < name; });
  if (at != std::end(kExact) && at->artifact == artifact) return at->group;
  for (const Row& row : kPrefixes)
    if (artifact.starts_with(row.artifact)) return row.group;
  return {};
}

std::string_view TomcatArtifact(std::string_view file_stem) {
  for (const TomcatRow& row : kTomcat)
    if (row.stem == file_stem) return row.artifact;
  return {};
}

}  // namespace weir::sbom
