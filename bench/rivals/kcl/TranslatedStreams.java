import software.amazon.awssdk.services.dynamodb.model.DescribeStreamRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeStreamResponse;
import software.amazon.awssdk.services.dynamodb.model.GetRecordsRequest;
import software.amazon.awssdk.services.dynamodb.model.GetRecordsResponse;
import software.amazon.awssdk.services.dynamodb.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.dynamodb.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.dynamodb.model.StreamDescription;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/** A client of DynamoDB Local whose stream ARNs name a region that the adapter accepts. */
class TranslatedStreams implements DynamoDbStreamsClient {
  private static final String LOCAL = ":ddblocal:";
  private static final String TOLD = ":us-east-1:";

  private final DynamoDbStreamsClient streams;

  TranslatedStreams(DynamoDbStreamsClient streams) {
    this.streams = streams;
  }

  /** The ARN as the adapter is told it. */
  static String outward(String streamArn) {
    return streamArn.replace(LOCAL, TOLD);
  }

  private static String inward(String streamArn) {
    return streamArn.replace(TOLD, LOCAL);
  }

  @Override
  public DescribeStreamResponse describeStream(DescribeStreamRequest request) {
    DescribeStreamResponse response =
        streams.describeStream(
            request.toBuilder().streamArn(inward(request.streamArn())).build());
    StreamDescription description = response.streamDescription();
    return response.toBuilder()
        .streamDescription(
            description.toBuilder().streamArn(outward(description.streamArn())).build())
        .build();
  }

  @Override
  public GetShardIteratorResponse getShardIterator(GetShardIteratorRequest request) {
    return streams.getShardIterator(
        request.toBuilder().streamArn(inward(request.streamArn())).build());
  }

  @Override
  public GetRecordsResponse getRecords(GetRecordsRequest request) {
    return streams.getRecords(request);
  }

  @Override
  public String serviceName() {
    return streams.serviceName();
  }

  @Override
  public void close() {
    streams.close();
  }
}
