# kind = "mockserver": MockServer reads its expectations from a volume, into which a second container, the loader, copies
# them from S3.

locals {
  has_loader = var.engine.kind == "mockserver"

  # Both containers see the same volume; only the loader may write to it.
  volume_path       = "/automock"
  expectations_path = "${local.volume_path}/expectations.json"

  # The loader is a shell that starts the AWS CLI now and then. The mock server has a hard limit, so that the rest of
  # the task is always there for the loader.
  loader_memory_mib = 64
  loader_cpu        = 32
  mock_memory_mib   = var.memory_mib - 128

  # A JVM takes its heap and does not give it back. The share is chosen so that a full heap, with what a JVM needs
  # besides, stays below 70 % of the task: above that, the usual memory step would add tasks for ever.
  heap_percent = var.memory_mib < 1024 ? 40 : 55

  mockserver_environment = merge(
    {
      MOCKSERVER_SERVER_PORT               = tostring(var.engine.port)
      MOCKSERVER_INITIALIZATION_JSON_PATH  = local.expectations_path
      MOCKSERVER_WATCH_INITIALIZATION_JSON = "true"
      MOCKSERVER_LOG_LEVEL                 = "WARN"
      MOCKSERVER_MAX_LOG_ENTRIES           = "1000"
      # A request that matches nothing carries the load balancer's name as its host, and forwarding it there would
      # send it round in circles.
      MOCKSERVER_ATTEMPT_TO_PROXY_IF_NO_MATCHING_EXPECTATION = "false"
      JAVA_TOOL_OPTIONS                                      = "-XX:MaxRAMPercentage=${local.heap_percent} -XX:+ExitOnOutOfMemoryError"
    },
    # A second lock behind the rules of the listener: without a client certificate, which the load balancer never
    # presents, the mock server refuses every control request.
    local.control_open ? {} : { MOCKSERVER_CONTROL_PLANE_TLS_MUTUAL_AUTHENTICATION_REQUIRED = "true" },
    var.engine.environment,
  )

  loader_environment = {
    AWS_REGION            = var.region
    AWS_DEFAULT_REGION    = var.region
    AUTOMOCK_BUCKET       = var.config_bucket_name
    AUTOMOCK_KEY          = var.expectations_key
    AUTOMOCK_FILE         = local.expectations_path
    AUTOMOCK_POLL_SECONDS = tostring(try(var.loader.poll_seconds, 0))
    AUTOMOCK_MOCK_PORT    = tostring(var.engine.port)
    AUTOMOCK_READY_PATH   = local.ready_path
  }

  mockserver_container = {
    name      = "mock"
    image     = var.engine.image
    essential = true
    cpu       = var.cpu - local.loader_cpu
    memory    = local.mock_memory_mib
    # The server reads the file once at its start, so the file has to be there.
    dependsOn    = [{ containerName = "loader", condition = "HEALTHY" }]
    portMappings = [{ containerPort = var.engine.port, hostPort = var.engine.port, protocol = "tcp" }]
    environment  = [for name, value in local.mockserver_environment : { name = name, value = value }]
    mountPoints  = [{ sourceVolume = "expectations", containerPath = local.volume_path, readOnly = true }]
    # MockServer ends at once, and has no time in which it serves on.
    stopTimeout     = 10
    linuxParameters = local.no_capabilities
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.mock.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
        # A log that CloudWatch is slow to take must not stop the mock.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }

  loader_container = {
    name  = "loader"
    image = try(var.loader.image, "")
    # A mock without its loader still serves what it has, so the loader's end does not end the task; ECS starts it
    # again in place.
    essential         = false
    restartPolicy     = { enabled = true, restartAttemptPeriod = 60 }
    cpu               = local.loader_cpu
    memoryReservation = local.loader_memory_mib
    entryPoint        = ["/bin/bash", "-c"]
    command           = [file("${path.module}/files/loader.sh")]
    environment       = [for name, value in local.loader_environment : { name = name, value = value }]
    mountPoints       = [{ sourceVolume = "expectations", containerPath = local.volume_path, readOnly = false }]
    # Healthy as soon as there is a file. When there is none after startTimeout, the task stops, and the deployment's
    # circuit breaker counts it.
    healthCheck = {
      command     = ["CMD-SHELL", "test -s ${local.expectations_path}"]
      interval    = 5
      timeout     = 5
      retries     = 10
      startPeriod = 60
    }
    startTimeout    = 120
    stopTimeout     = 10
    linuxParameters = local.no_capabilities
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = one(aws_cloudwatch_log_group.loader[*].name)
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking"
        max-buffer-size       = "1m"
      }
    }
  }
}
