import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsSchedulerFactory;
import com.amazonaws.services.dynamodbv2.streamsadapter.polling.DynamoDBStreamsPollingConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.metrics.NullMetricsFactory;

/**
 * Drains a table's stream with the Kinesis Client Library, again and again in one JVM:
 * {@code DrainWithKcl ENDPOINT STREAM_ARN}, and for each drain a line {@code APPLICATION IDLE_MS RECORDS FILE} on its
 * standard input. Says {@code ready JAVA_VERSION}, and {@code drained APPLICATION} when all records were handled and the scheduler has stopped.
 */
public class DrainWithKcl {
  /** What the adapter believes the stream to be in: it refuses the region that DynamoDB Local is in. */
  private static final Region REGION = Region.US_EAST_1;

  private static final long STOP_SECONDS_MAX = 60;

  /** Of what it waits for before the first record: shards, worker metrics, assignment. 20 to 60 s by default. */
  private static final long SHORT_MS = 1000;

  /** How often it looks for leases of its own. 10 s by default. */
  private static final long FAILOVER_MS = 2000;

  private final URI endpoint;
  private final String streamArn;
  private final StaticCredentialsProvider credentials =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("millrace", "millrace"));

  private DrainWithKcl(String endpoint, String streamArn) {
    this.endpoint = URI.create(endpoint);
    this.streamArn = TranslatedStreams.outward(streamArn);
  }

  public static void main(String[] arguments) throws Exception {
    DrainWithKcl program = new DrainWithKcl(arguments[0], arguments[1]);
    System.out.println("ready " + System.getProperty("java.version"));
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", 4);
      program.drain(
          words[0], Long.parseLong(words[1]), Integer.parseInt(words[2]), Path.of(words[3]));
      System.out.println("drained " + words[0]);
    }
    System.exit(0);
  }

  private void drain(String application, long idleMs, int records, Path file) throws Exception {
    CountDownLatch remaining = new CountDownLatch(records);
    HandledFile handled = new HandledFile(file, remaining);
    Scheduler scheduler = scheduler(application, idleMs, handled);
    Thread thread = new Thread(scheduler, application);
    thread.start();
    remaining.await();
    scheduler.startGracefulShutdown().get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
    thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS_MAX));
    handled.close();
  }

  /**
   * Everything as it comes, but for the waits before the first record: the figures are of reading, not of waiting to
   * begin. The application's name is that of its lease table, so it differs from the source's.
   */
  private Scheduler scheduler(String application, long idleMs, HandledFile handled) {
    DynamoDbAsyncClient leases =
        DynamoDbAsyncClient.builder()
            .endpointOverride(endpoint)
            .region(REGION)
            .credentialsProvider(credentials)
            .build();
    CloudWatchAsyncClient noMetrics =
        CloudWatchAsyncClient.builder()
            .endpointOverride(endpoint)
            .region(REGION)
            .credentialsProvider(credentials)
            .build();
    DynamoDbStreamsClient streams =
        DynamoDbStreamsClient.builder()
            .endpointOverride(endpoint)
            .region(REGION)
            .credentialsProvider(credentials)
            .build();
    AmazonDynamoDBStreamsAdapterClient adapter =
        new AmazonDynamoDBStreamsAdapterClient(new TranslatedStreams(streams), REGION);
    ConfigsBuilder configs =
        new ConfigsBuilder(
            StreamsSchedulerFactory.createSingleStreamTracker(
                streamArn,
                InitialPositionInStreamExtended.newInitialPosition(
                    InitialPositionInStream.TRIM_HORIZON)),
            application,
            adapter,
            leases,
            noMetrics,
            application,
            () -> new BatchProcessor(handled));
    DynamoDBStreamsPollingConfig polling = new DynamoDBStreamsPollingConfig(streamArn, adapter);
    polling.idleTimeBetweenReadsInMillis(idleMs);
    var retrieval = configs.retrievalConfig().retrievalSpecificConfig(polling);
    var leaseManagement =
        configs
            .leaseManagementConfig()
            .shardSyncIntervalMillis(SHORT_MS)
            .leaseAssignmentIntervalMillis(SHORT_MS)
            .failoverTimeMillis(FAILOVER_MS);
    leaseManagement
        .workerUtilizationAwareAssignmentConfig()
        .disableWorkerMetrics(true)
        .inMemoryWorkerMetricsCaptureFrequencyMillis(SHORT_MS)
        .workerMetricsReporterFreqInMillis(SHORT_MS);
    return StreamsSchedulerFactory.createScheduler(
        configs.checkpointConfig(),
        configs.coordinatorConfig(),
        leaseManagement,
        configs.lifecycleConfig(),
        configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
        configs.processorConfig(),
        retrieval,
        adapter);
  }
}
